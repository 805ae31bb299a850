import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import type { Dimensions } from './dimensions.ts';
import { linear } from './linear.ts';
import { product, productOfRows } from './products.ts';
import { type RmsNorm, rmsNorm, rmsNormBackward } from './rmsNorm.ts';
import { type Rotary, rotate, rotateBackward } from './rotary.ts';
import { reshape, sumLast, transpose } from './shapes.ts';
import type { Linear } from './weights.ts';

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
  /** Per-head norm over `[rows, heads, hd]` where the family has one (Qwen3). */
  readonly norm: RmsNorm | undefined;
  /** After norm and RoPE: `[rows, heads, hd]`. */
  readonly rotated: Value;
}

export function projectHeads(
  scope: GraphScope,
  x: Value,
  projection: Linear,
  gamma: Value | undefined,
  rotary: Rotary,
  heads: number,
  { headDim, eps }: Dimensions,
): ProjectedHeads {
  const raw = linear(scope, x, projection);
  const split = reshape(scope, raw, [0, heads, headDim]);
  const norm = gamma === undefined ? undefined : rmsNorm(scope, split, gamma, eps);
  return { raw, norm, rotated: rotate(scope, norm?.y ?? split, rotary, headDim) };
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
  rotary: Rotary,
  leading: number,
  heads: number,
  { headDim }: Dimensions,
): Value {
  const unrotated = rotateBackward(scope, gradient, rotary, headDim);
  const split = norm === undefined ? unrotated : rmsNormBackward(scope, norm, unrotated);
  return reshape(scope, split, [...Array<number>(leading).fill(0), heads * headDim]);
}

/** Queries of every row, `[T, H, hd]` → `[KV, G·T, hd]`, scaled by `hd^-½`. */
export function allRowQueries(scope: GraphScope, rotated: Value, dims: Dimensions): Value {
  const { keyValueHeads, groupSize, headDim } = dims;
  const scaled = scope.op('Mul', [rotated, scope.initializers.scalar(headDim ** -0.5)]);
  const grouped = transpose(scope, reshape(scope, scaled, [0, keyValueHeads, groupSize, headDim]), [1, 2, 0, 3]);
  return reshape(scope, grouped, [keyValueHeads, -1, headDim]);
}

/** Queries of the target rows, `[N, H, hd]` → `[N, KV, G, hd]`, scaled by `hd^-½`. */
export function targetRowQueries(scope: GraphScope, rotated: Value, dims: Dimensions): Value {
  const scaled = scope.op('Mul', [rotated, scope.initializers.scalar(dims.headDim ** -0.5)]);
  return reshape(scope, scaled, [0, dims.keyValueHeads, dims.groupSize, dims.headDim]);
}

/** Keys or values by head: `[T, KV, hd]` → `[KV, T, hd]`. */
export function headsFirst(scope: GraphScope, x: Value): Value {
  return transpose(scope, x, [1, 0, 2]);
}

/** Attention probabilities `[..., KV, R, T]`. `mask` is added to the logits and broadcasts over heads. */
export function attentionProbabilities(scope: GraphScope, queries: Value, keys: Value, mask: Value): Value {
  const logits = productOfRows(scope, queries, keys, [0, 2, 1]);
  return scope.op('Softmax', [scope.op('Add', [logits, mask])], { axis: -1 });
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
    probabilities: Value;
  },
  rowSums: Value,
  { headDim }: Dimensions,
): AttentionGradients {
  const { queriesTransposed, keys, values, probabilities } = forward;
  const atProbabilities = productOfRows(scope, gradient, values, [0, 2, 1]);
  const atLogits = scope.op('Mul', [probabilities, scope.op('Sub', [atProbabilities, rowSums])]);
  const scale = scope.initializers.scalar(headDim ** -0.5);
  // [N, KV, hd, T]: the small factor is the one transposed, never the [R, T] matrix.
  const keysTransposed = product(scope, queriesTransposed, atLogits);
  const valuesTransposed = product(scope, transpose(scope, gradient, [0, 1, 3, 2]), probabilities);
  return {
    queries: scope.op('Mul', [product(scope, atLogits, keys), scale]),
    keys: transpose(scope, keysTransposed, [0, 3, 1, 2]),
    values: transpose(scope, valuesTransposed, [0, 3, 1, 2]),
  };
}
