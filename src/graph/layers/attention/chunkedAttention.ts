import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import type { Dimensions } from '../dimensions.ts';
import { flattenRows, gatherRows, reshape, transpose, withZeroRow } from '../shapes.ts';
import {
  type AttentionGradients,
  allRowQueries,
  attentionBackward,
  attentionProbabilities,
  headsFirst,
  outputSums,
  type ProjectedHeads,
} from './attention.ts';
import type { AttentionChunk, TargetContext } from './context.ts';

/*
 * The backward of attention over all rows, in ONNX nodes, chunk of rows by chunk.
 *
 * It is the one part of a layer's backward that grows with the square of the rows, and the largest in memory. Row r looks
 * at rows 0..r alone, and of a target only rows up to its own have a gradient: a chunk of rows needs the keys up to its
 * end and the targets that reach its beginning. Four chunks do half of what all rows at once would, for targets spread over
 * the second half of a sequence, and hold a fourth of it at a time.
 */

/** What attention's backward reads of its layer's forward. */
interface Attended {
  readonly queries: ProjectedHeads;
  readonly keys: ProjectedHeads;
  readonly valuesRaw: Value;
  readonly mixed: Value;
}

/** A chunk's gradients: of its rows, `[n·B, H·hd]`, and of its keys and values, `[n·K, KV·hd]`. */
type ChunkGradients = Record<keyof AttentionGradients, Value>;

/** The gradient at attention's output and its softmax's row sums, packed, each with a row of zeros after it. */
export interface AttentionGradient {
  /** `[M + 1, H·hd]`. */
  readonly gradient: Value;
  /** `[M + 1, H]`. */
  readonly rowSums: Value;
}

/** @param gradient at the input of `o_proj`, packed `[M, H·hd]` */
export function attentionGradient(
  scope: GraphScope,
  layer: Attended,
  gradient: Value,
  targets: TargetContext,
  { heads, headDim }: Dimensions,
): AttentionGradient {
  const byHead = (x: Value) => reshape(scope, x, [0, heads, headDim]);
  const sums = outputSums(scope, byHead(gradient), byHead(gatherRows(scope, layer.mixed, targets.packedRows)));
  return {
    gradient: withZeroRow(scope, gradient, heads * headDim),
    rowSums: withZeroRow(scope, reshape(scope, sums, [0, heads]), heads),
  };
}

/**
 * Gradients of every chunk, each in a section of its own: one is held at a time, and those that a batch does not have are
 * left out.
 */
export function attentionChunksBackward(
  scope: GraphScope,
  layer: Attended,
  atOutput: AttentionGradient,
  { chunks, zeros }: TargetContext,
  dims: Dimensions,
): readonly ChunkGradients[] {
  return chunks.map((chunk) =>
    scope.section(
      chunk.used,
      () => chunkBackward(scope, layer, chunk, atOutput, dims),
      ({ queries, keys, values }) =>
        new Map([
          [queries, zeros.queries],
          [keys, zeros.keys],
          [values, zeros.keys],
        ]),
    ),
  );
}

/**
 * Gradients of attention's inputs from those of its chunks.
 * @returns of queries packed, `[M, H, hd]`; of keys and values `[N, T, KV, hd]`
 */
export function chunkSums(
  scope: GraphScope,
  chunks: readonly ChunkGradients[],
  targets: TargetContext,
  { heads, keyValueHeads, headDim }: Dimensions,
): AttentionGradients {
  const laidOut = (key: keyof ChunkGradients) => chunks.map((each) => each[key]);
  const queries = gatherRows(scope, scope.op('Concat', laidOut('queries'), { axis: 0 }), targets.queryPlaces);
  const ofKeys = (key: 'keys' | 'values') => {
    const rows = scope.op('Concat', [...laidOut(key), targets.zeros.keys], { axis: 0 });
    const ofEach = gatherRows(scope, rows, targets.keyPlaces);
    const sum = scope.op('ReduceSum', [ofEach, scope.initializers.ints([0])], { keepdims: 0 });
    return reshape(scope, sum, [0, 0, keyValueHeads, headDim]);
  };
  return {
    queries: reshape(scope, queries, [0, heads, headDim]),
    keys: ofKeys('keys'),
    values: ofKeys('values'),
  };
}

function chunkBackward(
  scope: GraphScope,
  layer: Attended,
  chunk: AttentionChunk,
  atOutput: AttentionGradient,
  dims: Dimensions,
): ChunkGradients {
  const { heads, keyValueHeads, groupSize, headDim } = dims;
  const keyRows = (x: Value) => headsFirst(scope, gatherRows(scope, x, chunk.keys));
  const queries = allRowQueries(scope, gatherRows(scope, layer.queries.rotated, chunk.rows), dims);
  const keys = keyRows(layer.keys.rotated);
  const values = keyRows(reshape(scope, layer.valuesRaw, [0, keyValueHeads, headDim]));
  // [n, B, H·width] → [n, KV, G·B, width]
  const unpacked = (x: Value, width: number) => {
    const rows = reshape(scope, gatherRows(scope, x, chunk.unpack), [0, 0, keyValueHeads, groupSize, width]);
    return reshape(scope, transpose(scope, rows, [0, 2, 3, 1, 4]), [0, keyValueHeads, -1, width]);
  };
  const found = attentionBackward(
    scope,
    unpacked(atOutput.gradient, headDim),
    {
      queriesTransposed: transpose(scope, queries, [0, 2, 1]),
      keys,
      values,
      ...attentionProbabilities(scope, queries, keys, chunk.mask, dims),
    },
    unpacked(atOutput.rowSums, 1),
    dims,
  );
  const byGroup = reshape(scope, found.queries, [0, keyValueHeads, groupSize, -1, headDim]);
  return {
    queries: flattenRows(scope, transpose(scope, byGroup, [0, 3, 1, 2, 4]), heads * headDim),
    keys: flattenRows(scope, found.keys, keyValueHeads * headDim),
    values: flattenRows(scope, found.values, keyValueHeads * headDim),
  };
}
