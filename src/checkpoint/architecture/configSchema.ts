import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';

/* Which fields of `config.json` are read, and what each may hold. */

/** Limits far above any model that exists and far below where a product of two sizes stops being exact. */
const size = (largest: number) =>
  z
    .int(`must be a whole number from 1 to ${largest.toLocaleString('en-US')}`)
    .min(1, { error: `must be a whole number from 1 to ${largest.toLocaleString('en-US')}` })
    .max(largest, { error: `must be a whole number from 1 to ${largest.toLocaleString('en-US')}` });
const positive = z.number('must be a positive number').positive({ error: 'must be a positive number' });
const flag = z.boolean('must be true or false');
const positions = size(2 ** 31 - 1);

const factors = z.array(positive, 'must be a list of numbers').max(2 ** 16, { error: 'must be shorter' });
const scale = z
  .number('must be a number other than 0')
  .refine((value) => value !== 0, { error: 'must be a number other than 0' });

const ropeSchema = z.looseObject(
  {
    rope_type: z.string('must be a string').nullish(),
    type: z.string('must be a string').nullish(),
    rope_theta: positive.nullish(),
    factor: positive.nullish(),
    original_max_position_embeddings: positions.nullish(),
    low_freq_factor: positive.nullish(),
    high_freq_factor: positive.nullish(),
    attention_factor: positive.nullish(),
    beta_fast: z.number('must be a number').nonnegative({ error: 'must be 0 or more' }).nullish(),
    beta_slow: z.number('must be a number').nonnegative({ error: 'must be 0 or more' }).nullish(),
    mscale: z.number('must be a number').nullish(),
    mscale_all_dim: z.number('must be a number').nullish(),
    truncate: flag.nullish(),
    partial_rotary_factor: z.number('must be a number').nullish(),
    llama_4_scaling_beta: z.number('must be a number').nullish(),
    short_factor: factors.nullish(),
    long_factor: factors.nullish(),
  },
  'must be an object',
);

/** Parameters of all layers, or of each kind of layer by itself. */
const ropeByKindSchema = ropeSchema.extend({
  full_attention: ropeSchema.nullish(),
  sliding_attention: ropeSchema.nullish(),
});

/** The fields of `config.json` that decide the architecture; others are let through unread. `null` means absent. */
const configSchema = z.looseObject({
  hidden_size: size(2 ** 20),
  intermediate_size: size(2 ** 24),
  num_hidden_layers: size(10_000),
  num_attention_heads: size(65_536),
  num_key_value_heads: size(65_536).nullish(),
  head_dim: size(65_536).nullish(),
  vocab_size: size(2 ** 27),
  max_position_embeddings: positions.nullish(),
  original_max_position_embeddings: positions.nullish(),
  hidden_act: z.string('must be a string').nullish(),
  hidden_activation: z.string('must be a string').nullish(),
  rms_norm_eps: positive.nullish(),
  rope_theta: positive.nullish(),
  rope_scaling: ropeByKindSchema.nullish(),
  rope_parameters: ropeByKindSchema.nullish(),
  /** Base of the sliding layers' rotary embedding (Gemma 3). */
  rope_local_base_freq: positive.nullish(),
  partial_rotary_factor: z.number('must be a number').nullish(),
  /** 1 for each layer that is rotated, 0 for the others; or every how many layers one is not (SmolLM3). */
  no_rope_layers: z.array(z.int('must be 0 or 1'), 'must be a list').nullish(),
  no_rope_layer_interval: size(10_000).nullish(),
  embedding_multiplier: scale.nullish(),
  attention_multiplier: scale.nullish(),
  residual_multiplier: scale.nullish(),
  logits_scaling: scale.nullish(),
  query_pre_attn_scalar: positive.nullish(),
  attn_logit_softcapping: positive.nullish(),
  final_logit_softcapping: positive.nullish(),
  /** Every so many layers one has no window (Gemma 3). */
  sliding_window_pattern: size(10_000).nullish(),
  use_bidirectional_attention: flag.nullish(),
  tie_word_embeddings: flag.nullish(),
  attention_bias: flag.nullish(),
  attention_out_bias: flag.nullish(),
  mlp_bias: flag.nullish(),
  use_sliding_window: flag.optional(),
  sliding_window: size(2 ** 31 - 1).nullish(),
  /** Layers before it attend to everything (Qwen2, Qwen3). */
  max_window_layers: z.int('must be a whole number').nonnegative({ error: 'must be 0 or more' }).nullish(),
  /** By the names of transformers 4 and 5. */
  num_experts: size(65_536).nullish(),
  num_local_experts: size(65_536).nullish(),
  num_experts_per_tok: size(65_536).nullish(),
  moe_intermediate_size: size(2 ** 24).nullish(),
  norm_topk_prob: flag.nullish(),
  /** Every so many layers one has experts, but for those of the list. */
  decoder_sparse_step: size(10_000).nullish(),
  mlp_only_layers: z
    .array(z.int('must be whole numbers'), 'must be a list')
    .max(10_000, { error: 'must be shorter' })
    .nullish(),
  /** Queries, keys and values are clipped (OLMoE; null in what was published). */
  clip_qkv: z.null('must be null: clipped queries, keys and values are not supported').optional(),
  is_causal: flag.nullish(),
  layer_types: z.array(z.string('must be a string'), 'must be a list').nullish(),
});

export type Config = z.infer<typeof configSchema>;
export type RopeParameters = z.infer<typeof ropeSchema>;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  for (const key of path) {
    const holder = value as Readonly<Record<PropertyKey, unknown>>;
    if (!Array.isArray(value) && !isJsonObject(value)) return undefined;
    value = Object.hasOwn(holder, key) ? holder[key] : undefined;
  }
  return value;
}

/**
 * Checks the types and ranges of a parsed `config.json`.
 *
 * @throws InputError naming the first field that is missing or out of range
 */
export function checkConfig(json: unknown, path: string): Config {
  const result = configSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = shown(issue.path.map(String).join('.'));
  const value = valueAt(json, issue.path);
  if (value === undefined) throw new InputError(`"${path}" lacks ${field}, which ${issue.message}.`);
  throw new InputError(`"${path}": ${field} ${issue.message}, not ${shown(value)}.`);
}
