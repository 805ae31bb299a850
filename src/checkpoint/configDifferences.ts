import { isDeepStrictEqual } from 'node:util';
import { shown } from '../files/reading/shown.ts';
import type { Architecture, RopeScaling } from './architecture/architecture.ts';
import type { Checkpoint } from './checkpoint.ts';

/* Where the configurations of two checkpoints differ: in what decides their tensors, or in how each is run. */

type Field = readonly [keyof Architecture, string];

/** What checkpoints of one model share, as config.json names it: without it their tensors are not the same. */
export const sharedFields: readonly Field[] = [
  ['family', '"model_type"'],
  ['textOf', 'the "model_type" of the whole'],
  ['layers', '"num_hidden_layers"'],
  ['hiddenSize', '"hidden_size"'],
  ['heads', '"num_attention_heads"'],
  ['keyValueHeads', '"num_key_value_heads"'],
  ['headDim', '"head_dim"'],
  ['intermediateSize', '"intermediate_size"'],
  ['experts', 'their experts'],
  ['biases', 'the projections with a bias'],
];

/** What decides the rows of embedding and head, which may differ: a base is completed. */
export const vocabularyFields: readonly Field[] = [['vocabSize', '"vocab_size"']];

/** What training may change without touching a tensor: each checkpoint is run with its own. */
export const ownFields: readonly Field[] = [
  ['rmsNormEps', '"rms_norm_eps"'],
  ['ropeTheta', '"rope_theta"'],
  ['ropeScaling', 'the scaling of rotary embeddings'],
  ['slidingWindow', '"sliding_window"'],
  ['slidingLayers', 'the layers with a window'],
  ['slidingRope', 'the rotary embedding of layers with a window'],
  ['unrotatedLayers', 'the layers without a rotary embedding'],
  ['rotatedDim', '"partial_rotary_factor"'],
  ['queryGrowth', '"llama_4_scaling_beta"'],
  ['embeddingScale', 'the scale of embeddings'],
  ['attentionScale', 'the scale of attention'],
  ['residualScale', '"residual_multiplier"'],
  ['logitDivisor', '"logits_scaling"'],
  ['attentionSoftCap', '"attn_logit_softcapping"'],
  ['logitSoftCap', '"final_logit_softcapping"'],
  ['maxPositions', '"max_position_embeddings"'],
];

function scalingText({ type, ...parameters }: RopeScaling): string {
  const factor = 'factor' in parameters ? ` by ${parameters.factor}` : '';
  return type === 'default' ? 'none' : `${type}${factor}`;
}

function valueText(field: keyof Architecture, { [field]: value, ropeScaling }: Architecture): string | undefined {
  if (field === 'ropeScaling') return scalingText(ropeScaling);
  if (typeof value === 'object') return undefined;
  return value === undefined ? 'none' : shown(value);
}

function differences(fields: readonly Field[], one: Checkpoint, other: Checkpoint): string[] {
  return fields.flatMap(([field, label]) => {
    if (isDeepStrictEqual(one.architecture[field], other.architecture[field])) return [];
    const [a, b] = [valueText(field, one.architecture), valueText(field, other.architecture)];
    if (a === undefined || b === undefined || a === b) return [label];
    return [`${label} (${a} and ${b})`];
  });
}

/** What keeps two checkpoints from being of one model, each with both values: `"hidden_size" (64 and 128)`. */
export function modelDifferences(one: Checkpoint, other: Checkpoint): string[] {
  return differences(sharedFields, one, other);
}

/** Whether two checkpoints of one model have embeddings and heads of other sizes: `"vocab_size" (320 and 321)`. */
export function vocabularyDifferences(one: Checkpoint, other: Checkpoint): string[] {
  return differences(vocabularyFields, one, other);
}

/** What differs in how two checkpoints of one model are run, each with both values. */
export function runtimeDifferences(one: Checkpoint, other: Checkpoint): string[] {
  return differences(ownFields, one, other);
}
