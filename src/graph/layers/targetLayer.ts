import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import {
  attentionBackward,
  attentionProbabilities,
  headsFirst,
  outputSums,
  type Probabilities,
  type ProjectedHeads,
  projectedHeadsBackward,
  projectHeads,
  targetRowQueries,
} from './attention/attention.ts';
import type { SequenceContext, TargetContext } from './attention/context.ts';
import { type BlockInput, blockInput, blockInputAt, blockInputBackward } from './blockInput.ts';
import { type BlockWrite, blockWrite, blockWriteBackward, writeDirection } from './blockWrite.ts';
import type { LayerAttribution } from './decoderLayer.ts';
import type { Dimensions } from './dimensions.ts';
import { downScores, type FeedForward, feedForward, feedForwardBackward, outputOf } from './feedForward.ts';
import { linear, linearBackward } from './products/linear.ts';
import { product } from './products/products.ts';
import type { LayerWeights } from './products/weights.ts';
import { alongDirection, keyValueScore, writeScore } from './scores.ts';
import { flattenRows, gatherRows, gatherRowsOrZero, reshape, transpose } from './shapes.ts';

/**
 * The model's last decoder layer in ONNX nodes, computed for the target rows alone. Only the target's own row of its
 * output is ever read, so only keys and values are computed for all rows; queries, mixing and the feed-forward block
 * for the target rows alone. N targets cost N rows instead of N·T.
 */
export interface TargetLayer {
  readonly attentionInput: BlockInput;
  /** The same at the target rows, `[N, D]`. */
  readonly targetInput: BlockInput;
  readonly queries: ProjectedHeads;
  readonly keys: ProjectedHeads;
  readonly valuesRaw: Value;
  readonly attention: {
    readonly queries: Value;
    readonly keys: Value;
    readonly values: Value;
    readonly output: Value;
  } & Probabilities;
  /** Input of `o_proj`, `[N, H·hd]`. */
  readonly mixed: Value;
  readonly attentionWrite: BlockWrite;
  readonly mlpInput: BlockInput;
  readonly mlp: FeedForward;
  readonly mlpWrite: BlockWrite;
  /** The residual stream after the layer at the target rows, `[N, D]`. */
  readonly output: Value;
}

export function targetLayer(
  scope: GraphScope,
  weights: LayerWeights,
  stream: Value,
  { rotary }: SequenceContext,
  targets: TargetContext,
  dims: Dimensions,
): TargetLayer {
  const { heads, keyValueHeads, headDim, eps } = dims;
  const { norms } = weights;
  const attentionInput = blockInput(scope, stream, norms.attentionInput, eps);
  const targetInput = blockInputAt(scope, attentionInput, targets.rows);
  const x = attentionInput.y;
  const queries = projectHeads(scope, targetInput.y, weights.q_proj, weights.queryNorm, targets.rotary, heads, dims);
  const keys = projectHeads(scope, x, weights.k_proj, weights.keyNorm, rotary?.keys, keyValueHeads, dims);
  const valuesRaw = linear(scope, x, weights.v_proj);
  const inputs = {
    queries: targetRowQueries(scope, queries.rotated, dims),
    keys: headsFirst(scope, keys.rotated),
    values: headsFirst(scope, reshape(scope, valuesRaw, [0, keyValueHeads, headDim])),
  };
  const attended = attentionProbabilities(scope, inputs.queries, inputs.keys, targets.mask, dims);
  const output = product(scope, attended.probabilities, inputs.values);
  const mixed = reshape(scope, output, [0, heads * headDim]);
  const attentionWrite = blockWrite(scope, linear(scope, mixed, weights.o_proj), norms.attentionWrite, dims);
  const middle = scope.op('Add', [targetInput.x, attentionWrite.added]);
  const mlpInput = blockInput(scope, middle, norms.mlpInput, eps);
  const block = feedForward(scope, weights.feedForward, mlpInput.y, dims);
  const mlpWrite = blockWrite(scope, outputOf(block), norms.mlpWrite, dims);
  return {
    attentionInput,
    targetInput,
    queries,
    keys,
    valuesRaw,
    attention: { ...inputs, ...attended, output },
    mixed,
    attentionWrite,
    mlpInput,
    mlp: block,
    mlpWrite,
    output: scope.op('Add', [middle, mlpWrite.added]),
  };
}

/**
 * Attribution of the last layer.
 * @param gradient at the layer's output, target rows only, `[N, D]`
 * @param direction `d` of each target, `[N, D]`
 */
export function targetLayerBackward(
  scope: GraphScope,
  weights: LayerWeights,
  layer: TargetLayer,
  gradient: Value,
  direction: Value,
  { rotary }: SequenceContext,
  targets: TargetContext,
  dims: Dimensions,
  needInput: boolean,
): LayerAttribution {
  const { heads, keyValueHeads, groupSize, headDim, hidden } = dims;
  const atMlp = () => blockWriteBackward(scope, layer.mlpWrite, gradient);
  const block = feedForwardBackward(scope, weights.feedForward, layer.mlp, atMlp, undefined, dims);
  const middle = scope.op('Add', [gradient, blockInputBackward(scope, layer.mlpInput, block.x)]);

  const atAttention = blockWriteBackward(scope, layer.attentionWrite, middle);
  const mixed = linearBackward(scope, [[atAttention, weights.o_proj]]);
  const atOutput = reshape(scope, mixed, [0, keyValueHeads, groupSize, headDim]);
  const attention = attentionBackward(
    scope,
    atOutput,
    { ...layer.attention, queriesTransposed: transpose(scope, layer.attention.queries, [0, 1, 3, 2]) },
    outputSums(scope, atOutput, layer.attention.output),
    dims,
  );
  const queries = projectedHeadsBackward(
    scope,
    layer.queries.norm,
    reshape(scope, attention.queries, [0, heads, headDim]),
    targets.rotary,
    1,
    heads,
    dims,
  );
  const keys = projectedHeadsBackward(scope, layer.keys.norm, attention.keys, rotary?.keys, 2, keyValueHeads, dims);
  const values = reshape(scope, attention.values, [0, 0, keyValueHeads * headDim]);

  const directions = {
    o_proj: writeDirection(scope, layer.attentionWrite, direction),
    down_proj: writeDirection(scope, layer.mlpWrite, direction),
  };
  const o_proj = writeScore(scope, weights.o_proj, layer.mixed, directions.o_proj, middle);
  const down_proj = downScores(scope, weights.feedForward, layer.mlp, directions.down_proj, undefined, middle);
  const scores = scope.op(
    'Concat',
    [
      scope.op('Mul', [queries, layer.queries.raw]),
      keyValueScore(scope, keys, layer.keys.raw),
      keyValueScore(scope, values, layer.valuesRaw),
      o_proj,
      ...block.scores,
      down_proj,
    ],
    { axis: 1 },
  );
  const writes = alongDirection(scope, layer.attentionWrite.added, layer.mlpWrite.added, direction);
  if (!needInput) return { scores, writes, input: undefined };

  const packPlaces = (x: Value) =>
    gatherRows(scope, flattenRows(scope, x, keyValueHeads * headDim), targets.packedPlaces);
  const ofKeysAndValues = blockInputBackward(
    scope,
    layer.attentionInput,
    linearBackward(scope, [
      [packPlaces(keys), weights.k_proj],
      [packPlaces(values), weights.v_proj],
    ]),
    { rows: targets.packedRows },
  );
  const ofQueries = blockInputBackward(scope, layer.targetInput, linearBackward(scope, [[queries, weights.q_proj]]));
  const atOwnRow = gatherRowsOrZero(scope, scope.op('Add', [middle, ofQueries]), targets.ownTargets, hidden);
  const input = scope.op('Add', [ofKeysAndValues, atOwnRow]);
  return { scores, writes, input };
}
