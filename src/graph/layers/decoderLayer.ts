import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import {
  allRowQueries,
  attentionProbabilities,
  headsFirst,
  type ProjectedHeads,
  projectedHeadsBackward,
  projectHeads,
} from './attention/attention.ts';
import { attentionChunksBackward, attentionGradient, chunkSums } from './attention/chunkedAttention.ts';
import type { SequenceContext, TargetContext } from './attention/context.ts';
import { type BlockInput, blockInput, blockInputBackward } from './blockInput.ts';
import { type BlockWrite, blockWrite, blockWriteBackward, writeDirection } from './blockWrite.ts';
import type { Dimensions } from './dimensions.ts';
import { downScores, type FeedForward, feedForward, feedForwardBackward, outputOf } from './feedForward.ts';
import { linear, linearBackward } from './products/linear.ts';
import { product } from './products/products.ts';
import type { LayerWeights } from './products/weights.ts';
import { rmsNormAt } from './rmsNorm.ts';
import { alongDirection, keyValueScore, writeScore } from './scores.ts';
import { flattenRows, gatherRows, reshape, transpose } from './shapes.ts';

/* A decoder layer in ONNX nodes: its forward pass, and its backward pass with the scores of its neurons. */

/** One decoder layer's forward over all rows, with what its backward needs. */
export interface DecoderLayer {
  readonly attentionInput: BlockInput;
  readonly queries: ProjectedHeads;
  readonly keys: ProjectedHeads;
  /** Output of `v_proj`, `[T, KV·hd]`. */
  readonly valuesRaw: Value;
  /** Attention's output, the input of `o_proj`, `[T, H·hd]`. */
  readonly mixed: Value;
  readonly attentionWrite: BlockWrite;
  readonly mlpInput: BlockInput;
  readonly mlp: FeedForward;
  readonly mlpWrite: BlockWrite;
  /** The residual stream after the layer, `[T, D]`. */
  readonly output: Value;
}

export function decoderLayer(
  scope: GraphScope,
  weights: LayerWeights,
  stream: Value,
  { rotary, mask }: SequenceContext,
  dims: Dimensions,
): DecoderLayer {
  const { heads, keyValueHeads, groupSize, headDim, eps } = dims;
  const { norms } = weights;
  const attentionInput = blockInput(scope, stream, norms.attentionInput, eps);
  const x = attentionInput.y;
  const queries = projectHeads(scope, x, weights.q_proj, weights.queryNorm, rotary?.queries, heads, dims);
  const keys = projectHeads(scope, x, weights.k_proj, weights.keyNorm, rotary?.keys, keyValueHeads, dims);
  const valuesRaw = linear(scope, x, weights.v_proj);
  const attention = {
    queries: allRowQueries(scope, queries.rotated, dims),
    keys: headsFirst(scope, keys.rotated),
    values: headsFirst(scope, reshape(scope, valuesRaw, [0, keyValueHeads, headDim])),
  };
  const { probabilities } = attentionProbabilities(scope, attention.queries, attention.keys, mask, dims);
  const attentionOutput = product(scope, probabilities, attention.values);
  const byRow = transpose(scope, reshape(scope, attentionOutput, [0, groupSize, -1, headDim]), [2, 0, 1, 3]);
  const mixed = reshape(scope, byRow, [0, heads * headDim]);
  const attentionWrite = blockWrite(scope, linear(scope, mixed, weights.o_proj), norms.attentionWrite, dims);
  const middle = scope.op('Add', [stream, attentionWrite.added]);
  const mlpInput = blockInput(scope, middle, norms.mlpInput, eps);
  const block = feedForward(scope, weights.feedForward, mlpInput.y, dims);
  const mlpWrite = blockWrite(scope, outputOf(block), norms.mlpWrite, dims);
  return {
    attentionInput,
    queries,
    keys,
    valuesRaw,
    mixed,
    attentionWrite,
    mlpInput,
    mlp: block,
    mlpWrite,
    output: scope.op('Add', [middle, mlpWrite.added]),
  };
}

/** Scores and gradient of one layer for a batch of targets. */
export interface LayerAttribution {
  /** `[N, neurons of the layer]`, flat order. */
  readonly scores: Value;
  /** `⟨write(t), d⟩` of attention and of the feed-forward block, `[N, 2]`. */
  readonly writes: Value;
  /** Gradient at the layer's input, packed `[M, D]`; absent when nobody below reads it. */
  readonly input: Value | undefined;
}

/**
 * Attribution of one layer, in sections of its own, from the gradient at its output, over rows `0..t` of each target (paper eq. 2–3 for o_proj and
 * down_proj, gradient × activation for the others).
 * @param gradient packed, `[M, D]`
 * @param direction `d` of each target, `[N, D]`
 */
export function decoderLayerBackward(
  scope: GraphScope,
  weights: LayerWeights,
  layer: DecoderLayer,
  gradient: Value,
  direction: Value,
  { rotary }: SequenceContext,
  targets: TargetContext,
  dims: Dimensions,
  needInput: boolean,
): LayerAttribution {
  const { heads, keyValueHeads, headDim } = dims;
  const section = <Built>(build: () => Built): Built => scope.section(targets.attribute, build);
  const atRows = (x: Value) => gatherRows(scope, x, targets.rows);
  const packPlaces = (x: Value, width: number) => gatherRows(scope, flattenRows(scope, x, width), targets.packedPlaces);
  const atOwnRows = (x: Value) => gatherRows(scope, x, targets.ownRows);

  const before = section(() => {
    const atMlp = () => blockWriteBackward(scope, layer.mlpWrite, gradient, targets.packedRows);
    const block = feedForwardBackward(scope, weights.feedForward, layer.mlp, atMlp, targets, dims);
    // The block's gradients, [M, I], go with their scores, before attention needs the room.
    const mlpScores = scope.op('Concat', block.scores, { axis: 1 });
    const later = { rows: targets.packedRows, after: mlpScores };
    const middle = scope.op('Add', [gradient, blockInputBackward(scope, layer.mlpInput, block.x, later)]);

    const atAttention = blockWriteBackward(scope, layer.attentionWrite, middle, targets.packedRows);
    const mixed = linearBackward(scope, [[atAttention, weights.o_proj]]);
    return { mlpScores, middle, atOutput: attentionGradient(scope, layer, mixed, targets, dims) };
  });
  const { mlpScores, middle } = before;
  const chunks = attentionChunksBackward(scope, layer, before.atOutput, targets, dims);
  return section(() => {
    const attention = chunkSums(scope, chunks, targets, dims);
    const { norm } = layer.queries;
    const packedQueries = projectedHeadsBackward(
      scope,
      norm === undefined ? undefined : rmsNormAt(scope, norm, targets.packedRows),
      attention.queries,
      targets.packedRotary,
      1,
      heads,
      dims,
    );
    const keys = projectedHeadsBackward(scope, layer.keys.norm, attention.keys, rotary?.keys, 2, keyValueHeads, dims);
    const values = reshape(scope, attention.values, [0, 0, keyValueHeads * headDim]);

    const directions = {
      o_proj: writeDirection(scope, layer.attentionWrite, direction, targets.rows),
      down_proj: writeDirection(scope, layer.mlpWrite, direction, targets.rows),
    };
    const o_proj = writeScore(scope, weights.o_proj, atRows(layer.mixed), directions.o_proj, middle);
    const down_proj = downScores(scope, weights.feedForward, layer.mlp, directions.down_proj, targets.rows, middle);
    const scores = scope.op(
      'Concat',
      [
        scope.op('Mul', [atOwnRows(packedQueries), atRows(layer.queries.raw)]),
        keyValueScore(scope, keys, layer.keys.raw),
        keyValueScore(scope, values, layer.valuesRaw),
        o_proj,
        mlpScores,
        down_proj,
      ],
      { axis: 1 },
    );
    const writes = alongDirection(scope, atRows(layer.attentionWrite.added), atRows(layer.mlpWrite.added), direction);
    if (!needInput) return { scores, writes, input: undefined };

    const attentionInput = linearBackward(scope, [
      [packedQueries, weights.q_proj],
      [packPlaces(keys, keyValueHeads * headDim), weights.k_proj],
      [packPlaces(values, keyValueHeads * headDim), weights.v_proj],
    ]);
    const later = { rows: targets.packedRows, after: scores };
    const input = scope.op('Add', [middle, blockInputBackward(scope, layer.attentionInput, attentionInput, later)]);
    return { scores, writes, input };
  });
}
