import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import type { Dimensions } from './dimensions.ts';
import {
  type BlockBackward,
  type BlockRows,
  type Mixture,
  mixture,
  mixtureBackward,
  mixtureWriteScores,
} from './experts/mixture.ts';
import { type Mlp, mlp, mlpBackward, mlpSlopes } from './mlp.ts';
import type { FeedForwardWeights } from './products/weights.ts';
import { writeScore } from './scores.ts';
import { gatherRows } from './shapes.ts';

/* The feed-forward block of a decoder layer in ONNX nodes: a single one, or a mixture of experts. */

export type FeedForward = { readonly single: Mlp } | { readonly mixture: Mixture };

type Form = Pick<Dimensions, 'activation'>;

export function feedForward(scope: GraphScope, weights: FeedForwardWeights, x: Value, dims: Form): FeedForward {
  if ('experts' in weights) return { mixture: mixture(scope, weights.experts, x, dims) };
  return { single: mlp(scope, weights, x, dims) };
}

/** What the block gives, `[rows, D]`. */
export function outputOf(block: FeedForward): Value {
  return 'single' in block ? block.single.output : block.mixture.output;
}

/**
 * @param gradient at the block's output, known once it is asked for, `[M, D]`
 * @param at the rows of it; left out where the block is of the targets' rows alone
 */
export function feedForwardBackward(
  scope: GraphScope,
  weights: FeedForwardWeights,
  block: FeedForward,
  gradient: () => Value,
  at: BlockRows | undefined,
  dims: Form,
): BlockBackward {
  if ('experts' in weights) return mixtureBackward(scope, weights.experts, mixtureOf(block), gradient(), at, dims);
  const { gate, up } = singleOf(block);
  const atRows = (x: Value, rows: Value | undefined) => (rows === undefined ? x : gatherRows(scope, x, rows));
  const slopes = mlpSlopes(scope, singleOf(block), dims);
  const atBlock = gradient();
  const packed = { gate: atRows(slopes.gate, at?.packedRows), up: atRows(slopes.up, at?.packedRows) };
  const back = mlpBackward(scope, weights, packed, atBlock);
  const score = (own: Value, activation: Value) =>
    scope.op('Mul', [atRows(own, at?.ownRows), atRows(activation, at?.rows)]);
  return { x: back.x, scores: [score(back.gate, gate), score(back.up, up)] };
}

/**
 * Exact scores of the columns of `down_proj`, `[N, neurons]`.
 * @param direction `d` of each target at the block's output, `[N, D]`
 * @param rows of the targets, `[N]`; left out where the block is of these rows alone
 * @param after what is known only when the layer's backward is done: `down_proj` is widened no sooner
 */
export function downScores(
  scope: GraphScope,
  weights: FeedForwardWeights,
  block: FeedForward,
  direction: Value,
  rows: Value | undefined,
  after: Value,
): Value {
  if ('experts' in weights) return mixtureWriteScores(scope, weights.experts, mixtureOf(block), direction, rows, after);
  const { hidden } = singleOf(block);
  const input = rows === undefined ? hidden : gatherRows(scope, hidden, rows);
  return writeScore(scope, weights.down_proj, input, direction, after);
}

function mixtureOf(block: FeedForward): Mixture {
  if ('mixture' in block) return block.mixture;
  throw new Error('experts have the weights of a single block');
}

function singleOf(block: FeedForward): Mlp {
  if ('single' in block) return block.single;
  throw new Error('a single block has the weights of experts');
}
