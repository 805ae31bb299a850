import { InputError } from '../../errors.ts';
import type { Experts } from './architecture.ts';
import type { Config } from './configSchema.ts';

/* Reads from a `config.json` which layers are a mixture of experts, and how a token's are chosen and weighed. */

/** Experts of all layers together: far above any model, and few enough for their tensors to be listed. */
export const mostExperts = 2 ** 17;

/** What a family's configuration has where fields are absent, as transformers' classes have it. */
export interface ExpertsTrait {
  readonly count: number;
  readonly perToken: number;
  /** Of an expert; `own`: it is the model's `intermediate_size`. */
  readonly intermediateSize: number | 'own';
  /** Whether weights are divided by their sum: always, or as `norm_topk_prob` says. */
  readonly normalised: 'always' | 'flag';
}

/**
 * The experts of a model's layers; undefined where no layer has any.
 *
 * @param trait undefined: the family has none
 * @throws InputError where the fields contradict each other
 */
export function expertsOf(trait: ExpertsTrait | undefined, config: Config, path: string): Experts | undefined {
  if (trait === undefined) return undefined;
  const { num_experts: older, num_local_experts: newer } = config;
  if (typeof older === 'number' && typeof newer === 'number' && older !== newer) {
    throw new InputError(
      `"${path}" contradicts itself: "num_experts" is ${older} and "num_local_experts" is ${newer}.`,
    );
  }
  const count = newer ?? older ?? trait.count;
  const perToken = config.num_experts_per_tok ?? trait.perToken;
  if (perToken > count) {
    throw new InputError(
      `"${path}" contradicts itself: "num_experts_per_tok" is ${perToken}, but there are ${count} experts.`,
    );
  }
  if (count * config.num_hidden_layers > mostExperts) {
    throw new InputError(
      `"${path}": ${config.num_hidden_layers} layers of ${count} experts are more than the ${mostExperts.toLocaleString('en-US')} that are supported.`,
    );
  }
  const own = trait.intermediateSize === 'own';
  const intermediateSize = own
    ? config.intermediate_size
    : (config.moe_intermediate_size ?? (trait.intermediateSize as number));
  const dense = denseLayers(config);
  if (dense.length === config.num_hidden_layers) return undefined;
  return {
    count,
    perToken,
    intermediateSize,
    normalised: trait.normalised === 'always' || config.norm_topk_prob === true,
    ...(dense.length > 0 && { denseLayers: dense }),
  };
}

/** Qwen's way to say it; other families' files have neither field. */
function denseLayers({ num_hidden_layers: layers, mlp_only_layers: listed, decoder_sparse_step: step }: Config) {
  const named = new Set(listed ?? []);
  return Array.from({ length: layers }, (_, layer) => layer).filter(
    (layer) => named.has(layer) || (layer + 1) % (step ?? 1) !== 0,
  );
}
