import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import type { JsonObject } from '../../files/reading/strictJson.ts';

/* Tells plain LoRA from the other adapters that peft knows, which are refused by name. */

const mergeFirst = 'merge it into its base with peft (merge_and_unload, save_pretrained) and give the merged folder';

/** Kinds by `peft_type` that have no merged weights at all. */
const promptTypes = ['PROMPT_TUNING', 'MULTITASK_PROMPT_TUNING', 'P_TUNING', 'PREFIX_TUNING', 'ADAPTION_PROMPT', 'CPT'];

/** Fields that make a LoRA another method where they are set, and the method's name. */
const variants: Readonly<Record<string, string>> = {
  use_dora: 'DoRA',
  use_qalora: 'QA-LoRA',
  use_bdlora: 'BD-LoRA',
  arrow_config: 'Arrow',
  alora_invocation_tokens: 'aLoRA, which acts only after its invocation tokens',
  velora_config: 'VeLoRA',
  monteclora_config: 'MonteCLoRA',
  kasa_config: 'KaSA, which truncates the base weights',
  layer_replication: 'LoRA on replicated layers ("layer_replication")',
  target_parameters: 'LoRA on single parameters ("target_parameters")',
  fan_in_fan_out: 'LoRA on transposed weights ("fan_in_fan_out")',
  megatron_config: 'LoRA on Megatron layers ("megatron_config")',
};

/** Initialisations that change the base: what they took out of it is not in the adapter. */
const changesBase = /^(pissa(_niter_\d+)?|olora|corda|loftq|lora_ga|mica)$/i;

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false;
}

/**
 * Refuses what is no plain LoRA.
 *
 * @throws InputError naming the kind
 */
export function refuseKinds(json: JsonObject, path: string): void {
  const { peft_type: type = 'LORA', init_lora_weights: initial } = json;
  if (type !== 'LORA') {
    const prompts = typeof type === 'string' && promptTypes.includes(type);
    const instead = prompts ? 'it changes no weights of its base and cannot be fused' : mergeFirst;
    throw new InputError(
      `"${path}" is of an adapter of the kind ${shown(type)}; only LORA is merged here: ${instead}.`,
    );
  }
  for (const [field, name] of Object.entries(variants)) {
    if (isSet(json[field]))
      throw new InputError(`"${path}" is of ${name}; only plain LoRA is merged here: ${mergeFirst}.`);
  }
  if (typeof initial === 'string' && changesBase.test(initial)) {
    throw new InputError(
      `"${path}" has "init_lora_weights" ${shown(initial)}, which changes the base's weights before training: ` +
        'save it as plain LoRA (save_pretrained with path_initial_model_for_weight_conversion in peft), or merge it and give the merged folder.',
    );
  }
}
