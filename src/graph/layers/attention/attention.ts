import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import type { Dimensions } from '../dimensions.ts';
import { linear } from '../products/linear.ts';
import { product, productOfRows } from '../products/products.ts';
import type { Linear } from '../products/weights.ts';
import { type RmsNorm, rmsNorm, rmsNormBackward } from '../rmsNorm.ts';
import { reshape, sumLast, transpose } from '../shapes.ts';
import { type Capped, softCap, softCapBackward } from '../softCap.ts';
import { type Rotary, rotate, rotateBackward } from './rotary.ts';

/*
 * The attention of a decoder layer in ONNX nodes, forward and backward.
 *
 * It is grouped-query attention. The G query heads that share a key/value head are laid into rows: queries are
 * `[KV, R, hd]` with R = G·T when every row asks, or `[N, KV, R, hd]` with R = G when each target asks from its own
 * row only. Keys and values are `[KV, T, hd]`. Everything below is written for either.
 */

/** Queries, or keys, from the projection up to attention. */
export interface ProjectedHeads {
  /** Output of the projection, bias included, before norm and RoPE: `[rows, heads·hd]`. */
  readonly raw: Value;
  /** Norm over `[rows, heads, hd]`, or over whole rows of `[rows, heads·hd]`, where the family has one. */
  readonly norm: RmsNorm | undefined;
  /** After norm and, where the layer has it, RoPE: `[rows, heads, hd]`. */
  readonly rotated: Value;
}

export function projectHeads(
  scope: GraphScope,
  x: Value,
  projection: Linear,
  gamma: Value | undefined,
  rotary: Rotary | undefined,
  heads: number,
  { headDim, eps, normsRows, rotation }: Dimensions,
): ProjectedHeads {
  const raw = linear(scope, x, projection);
  const split = (rows: Value) => reshape(scope, rows, [0, heads, headDim]);
  const norm = gamma === undefined ? undefined : rmsNorm(scope, normsRows ? raw : split(raw), gamma, eps);
  const normed = norm === undefined ? split(raw) : normsRows ? split(norm.y) : norm.y;
  return { raw, norm, rotated: rotary === undefined ? normed : rotate(scope, normed, rotary, rotation) };
}

/**
 * Gradient at the projection's output from the gradient at the rotated heads.
 * @param norm at the gradient's rows
 * @returns `[..., rows, heads·hd]`; `leading` counts the axes before the heads.
 */
export function projectedHeadsBackward(
  scope: GraphScope,
  norm: Omit<RmsNorm, 'y'> | undefined,
  gradient: Value,
  rotary: Rotary | undefined,
  leading: number,
  heads: number,
  { headDim, normsRows, rotation }: Dimensions,
): Value {
  const joined = (split: Value) => reshape(scope, split, [...Array<number>(leading).fill(0), heads * headDim]);
  const unrotated = rotary === undefined ? gradient : rotateBackward(scope, gradient, rotary, rotation);
  if (norm === undefined) return joined(unrotated);
  return normsRows ? rmsNormBackward(scope, norm, joined(unrotated)) : joined(rmsNormBackward(scope, norm, unrotated));
}

/** Queries of every row, `[T, H, hd]` → `[KV, G·T, hd]`, scaled. */
export function allRowQueries(scope: GraphScope, rotated: Value, dims: Dimensions): Value {
  const { keyValueHeads, groupSize, headDim, attentionScale } = dims;
  const scaled = scope.op('Mul', [rotated, scope.initializers.scalar(attentionScale)]);
  const grouped = transpose(scope, reshape(scope, scaled, [0, keyValueHeads, groupSize, headDim]), [1, 2, 0, 3]);
  return reshape(scope, grouped, [keyValueHeads, -1, headDim]);
}

/** Queries of the target rows, `[N, H, hd]` → `[N, KV, G, hd]`, scaled. */
export function targetRowQueries(scope: GraphScope, rotated: Value, dims: Dimensions): Value {
  const scaled = scope.op('Mul', [rotated, scope.initializers.scalar(dims.attentionScale)]);
  return reshape(scope, scaled, [0, dims.keyValueHeads, dims.groupSize, dims.headDim]);
}

/** Keys or values by head: `[T, KV, hd]` → `[KV, T, hd]`. */
export function headsFirst(scope: GraphScope, x: Value): Value {
  return transpose(scope, x, [1, 0, 2]);
}

/** Attention probabilities `[..., KV, R, T]`, with what caps the logits where the family does. */
export interface Probabilities {
  readonly probabilities: Value;
  readonly capped: Capped | undefined;
}

/** Products of queries and keys, capped where the family does. @param swap exchanges the last two axes of `keys` */
export function attentionLogits(
  scope: GraphScope,
  queries: Value,
  keys: Value,
  swap: readonly number[],
  { attentionSoftCap }: Pick<Dimensions, 'attentionSoftCap'>,
): { readonly logits: Value; readonly capped: Capped | undefined } {
  const products = productOfRows(scope, queries, keys, swap);
  if (attentionSoftCap === undefined) return { logits: products, capped: undefined };
  const capped = softCap(scope, products, attentionSoftCap);
  return { logits: capped.y, capped };
}

/** @param mask is added to the logits and broadcasts over heads */
export function attentionProbabilities(
  scope: GraphScope,
  queries: Value,
  keys: Value,
  mask: Value,
  dims: Dimensions,
): Probabilities {
  const { logits, capped } = attentionLogits(scope, queries, keys, [0, 2, 1], dims);
  return { probabilities: scope.op('Softmax', [scope.op('Add', [logits, mask])], { axis: -1 }), capped };
}

/**
 * The softmax's row sums from attention's output and the gradient there, without a pass over `[R, T]` (arXiv 2205.14135,
 * appendix B); last axis kept with size 1.
 */
export function outputSums(scope: GraphScope, gradient: Value, output: Value): Value {
  return sumLast(scope, scope.op('Mul', [gradient, output]));
}

export interface AttentionGradients {
  /** `[N, KV, R, hd]`, with respect to the unscaled queries. */
  readonly queries: Value;
  /** `[N, T, KV, hd]`. */
  readonly keys: Value;
  readonly values: Value;
}

/**
 * Gradients of `softmax(q kᵀ + mask) v`.
 * @param gradient `[N, KV, R, hd]` at the attention output
 * @param rowSums of {@link outputSums}, `[N, KV, R, 1]`
 */
export function attentionBackward(
  scope: GraphScope,
  gradient: Value,
  forward: {
    queriesTransposed: Value;
    keys: Value;
    values: Value;
  } & Probabilities,
  rowSums: Value,
  { attentionScale }: Dimensions,
): AttentionGradients {
  const { queriesTransposed, keys, values, probabilities, capped } = forward;
  const atProbabilities = productOfRows(scope, gradient, values, [0, 2, 1]);
  const atMasked = scope.op('Mul', [probabilities, scope.op('Sub', [atProbabilities, rowSums])]);
  const atLogits = capped === undefined ? atMasked : softCapBackward(scope, capped, atMasked);
  const scale = scope.initializers.scalar(attentionScale);
  // [N, KV, hd, T]: the small factor is the one transposed, never the [R, T] matrix.
  const keysTransposed = product(scope, queriesTransposed, atLogits);
  const valuesTransposed = product(scope, transpose(scope, gradient, [0, 1, 3, 2]), probabilities);
  return {
    queries: scope.op('Mul', [product(scope, atLogits, keys), scale]),
    keys: transpose(scope, keysTransposed, [0, 3, 1, 2]),
    values: transpose(scope, valuesTransposed, [0, 3, 1, 2]),
  };
}
