import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';

/* Reads the names of an adapter's tensors, as peft writes them today and as it did before. */

/** What a tensor of an adapter is. */
export type AdapterPart =
  /** `[rank, in]`, `[out, rank]` and the bias of the second. */
  | 'lora_A'
  | 'lora_B'
  | 'lora_B bias'
  /** `[rank, vocabulary]` and `[hidden, rank]`. */
  | 'lora_embedding_A'
  | 'lora_embedding_B'
  /** New rows of some tokens, `[tokens, hidden]`. */
  | 'tokens'
  /** A tensor of the base that peft kept beside the one it trained, or that was there before LoRA. */
  | 'base'
  /** A whole tensor in the base's place. */
  | 'whole'
  /** The same, under the name that it has inside peft's wrapper. */
  | 'wrapped';

/** A tensor's name taken apart. */
export interface AdapterKey {
  /** The name in the file. */
  readonly name: string;
  readonly part: AdapterPart;
  /** `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  /** `weight` or `bias`: what of the module it is or changes. */
  readonly of: string;
  /** What peft calls the adapter, in names that older versions wrote. */
  readonly adapter: string | undefined;
}

/** Pairs of a name's end and what it is; the adapter's own name may stand inside. */
const ends: readonly (readonly [RegExp, AdapterPart])[] = [
  [/\.lora_A(?:\.(?<adapter>[^.]+))?\.(?<of>weight)$/, 'lora_A'],
  [/\.lora_B(?:\.(?<adapter>[^.]+))?\.(?<of>weight)$/, 'lora_B'],
  [/\.lora_B(?:\.(?<adapter>[^.]+))?\.(?<of>bias)$/, 'lora_B bias'],
  [/\.lora_embedding_A(?:\.(?<adapter>[^.]+))?$/, 'lora_embedding_A'],
  [/\.lora_embedding_B(?:\.(?<adapter>[^.]+))?$/, 'lora_embedding_B'],
  [/\.token_adapter\.trainable_tokens_delta(?:\.(?<adapter>[^.]+))?$/, 'tokens'],
  [/\.token_adapter\.base_layer\.(?<of>weight|bias)$/, 'base'],
  [/\.(?:base_layer|original_module)\.(?<of>weight|bias)$/, 'base'],
  [/\.modules_to_save(?:\.(?<adapter>[^.]+))?\.(?<of>weight|bias)$/, 'wrapped'],
  [/\.(?<of>weight|bias)$/, 'whole'],
];

/**
 * Takes a name apart.
 *
 * @param name in the file; @param prefix what wrappers put before every name
 * @throws InputError for a name that is nothing of a LoRA adapter
 */
export function adapterKey(name: string, prefix: string, path: string): AdapterKey {
  const own = name.slice(prefix.length);
  if (/\.lora_magnitude_vector\b/.test(own)) {
    throw new InputError(`"${path}" holds ${shown(name)}, a magnitude vector of DoRA; only plain LoRA is merged here.`);
  }
  for (const [end, part] of ends) {
    const match = end.exec(own);
    if (match === null) continue;
    const { adapter, of = part === 'lora_B bias' ? 'bias' : 'weight' } = match.groups ?? {};
    return { name, part, module: own.slice(0, match.index), of, adapter };
  }
  throw new InputError(`"${path}" holds ${shown(name)}, which is no tensor of a LoRA adapter.`);
}
