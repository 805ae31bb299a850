import { InputError } from '../../errors.ts';
import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import type { Architecture } from './architecture.ts';

/* Folders of models that see and write: of those in the table the text part is read, the rest is fused and never reset. */

interface WholeModel {
  /** `model_type` of a text part that does not say. */
  readonly text: string;
  /** Sizes that the text part may leave out, as transformers' configuration class has them. */
  readonly defaults: JsonObject;
}

/** By `model_type`. */
const wholeModels: Readonly<Record<NonNullable<Architecture['textOf']>, WholeModel>> = {
  gemma3: {
    text: 'gemma3_text',
    defaults: {
      vocab_size: 262_208,
      hidden_size: 2304,
      intermediate_size: 9216,
      num_hidden_layers: 26,
      num_attention_heads: 8,
    },
  },
  mistral3: { text: 'mistral', defaults: {} },
};

function isWhole(modelType: unknown): modelType is keyof typeof wholeModels {
  return typeof modelType === 'string' && Object.hasOwn(wholeModels, modelType);
}

/**
 * The configuration of a model's text part, and what it is part of; the configuration itself where it is all text.
 *
 * @throws InputError where the text part is missing
 */
export function textPart(
  config: JsonObject,
  path: string,
): { readonly config: JsonObject; readonly textOf: Architecture['textOf'] } {
  const { model_type: modelType, text_config: text } = config;
  if (!isWhole(modelType)) return { config, textOf: undefined };
  if (!isJsonObject(text)) throw new InputError(`"${path}" lacks "text_config", which must be an object.`);
  const { text: type, defaults } = wholeModels[modelType];
  const own = Object.fromEntries(Object.entries(text).filter(([, value]) => value !== undefined));
  const beside = ['tie_word_embeddings', 'quantization_config'].filter((field) => Object.hasOwn(config, field));
  const whole = Object.fromEntries(beside.map((field) => [field, config[field]]));
  return { config: { ...defaults, model_type: type, ...own, ...whole }, textOf: modelType };
}

const layers = /^(?:model\.)?language_model\.(?:model\.)?(layers\.|embed_tokens\.|norm\.)/;
const head = /^(?:model\.)?language_model\.lm_head\./;

/** What the text model calls a tensor of the whole model: `model.layers.0…`; others keep their names. */
export function textName(stored: string): string {
  return stored.replace(layers, 'model.$1').replace(head, 'lm_head.');
}

/** Whether a tensor of the whole model is no part of its text. */
export function isBesideText(name: string): boolean {
  return /^(?:model\.)?(?:vision_tower|multi_modal_projector)\./.test(name);
}
