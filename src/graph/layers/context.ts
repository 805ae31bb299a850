import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import type { Dimensions } from './dimensions.ts';
import type { Rotary } from './rotary.ts';
import { gatherRows, reshape, zeroRow } from './shapes.ts';

/* What all layers of a graph share in one run: positions, masks, and how rows of samples or targets are packed. */

/** What every layer needs besides weights and the residual stream. */
export interface SequenceContext {
  readonly rotary: Rotary;
  /** Position of each row as float32, `[T]`. */
  readonly positions: Value;
  /** Added to attention logits of all rows: `[G·T, T]`, 0 where a row may look, very negative elsewhere. */
  readonly mask: Value;
}

/**
 * The batch of targets of an attribution run. A target's gradient is zero after its own row, so gradients are packed:
 * rows `0..t_n` of each target, one target after the other, `M = Σ (t_n + 1)` rows in all. Products with weights run on
 * packed rows; only attention lays them out as `[N, T, width]`.
 */
export interface TargetContext {
  /** A bool, true whenever targets are attributed. */
  readonly attribute: Value;
  /** Row `t` of each target, `[N]` int64. */
  readonly rows: Value;
  /** Row of the sequence that each packed row is of, `[M]` int64. */
  readonly packedRows: Value;
  /** Each packed row's place in `[N·T, width]`, `[M]` int64. */
  readonly packedPlaces: Value;
  /** Chunks of rows that attention's backward is computed in. */
  readonly chunks: readonly AttentionChunk[];
  /** Each packed row's place in the chunks' rows, `[n, B]` of each, laid end to end: `[M]` int32. */
  readonly queryPlaces: Value;
  /**
   * Places of each target's rows in the chunks' keys, `[n, K]` of each, laid end to end; past them where there is none:
   * `[chunks used, N, T]` int32.
   */
  readonly keyPlaces: Value;
  /** A row of zeros, `[1, H·hd]`, and one of as many as keys and values have, `[1, KV·hd]`. */
  readonly zeros: { readonly queries: Value; readonly keys: Value };
  /** Rotary tables at packed rows, `[M, 1, hd]`. */
  readonly packedRotary: Rotary;
  /** Packed row of each target's own row, `[N]` int64. */
  readonly ownRows: Value;
  /** The target whose own row a packed row is, N elsewhere, `[M]` int64. */
  readonly ownTargets: Value;
  /** Rotary tables at the target rows, `[N, 1, hd]`. */
  readonly rotary: Rotary;
  /** Added to the target rows' attention logits: `[N, 1, 1, T]`. */
  readonly mask: Value;
}

/**
 * A chunk of consecutive rows in attention's backward: B rows, the K keys up to the last of them, and n targets that have a
 * gradient there.
 */
export interface AttentionChunk {
  /** A bool: false where the batch has fewer chunks than the graph; the others are empty then. */
  readonly used: Value;
  /** `[B]` int32. */
  readonly rows: Value;
  /** `[K]` int32. */
  readonly keys: Value;
  /** Packed row of each target's row, M where there is none, `[n, B]` int32. */
  readonly unpack: Value;
  /** Added to the rows' attention logits: `[G·B, K]`. */
  readonly mask: Value;
}

/**
 * Several samples in a forward run: S samples, R rows of all of them laid end to end, T rows of the longest. Indices,
 * int32, are of single heads of a row, so that one gather both pads the samples and puts the heads first.
 */
export interface SamplesContext {
  /** At each row's position in its own sample, `[R, 1, hd]`. */
  readonly rotary: Rotary;
  /** Added to attention logits of every sample: `[G·T, T]`. */
  readonly mask: Value;
  /** Of `[R·H, hd]`, the queries: `[S, KV, G·T]`; past a sample's end its last row. */
  readonly queries: Value;
  /** Of `[R·KV, hd]`, the keys or values: `[S, KV, T]`; past a sample's end its last row. */
  readonly keys: Value;
  /** Of `[S·KV·G·T, hd]`, what attention gives: `[R, H]`. */
  readonly mixed: Value;
}

const disallowed = -1e30;

/** Causal mask from positions: `-1e30 · relu(column − row)`. Made on the device, so nothing `[T, T]` is uploaded. */
function causal(scope: GraphScope, rows: Value, columns: Value): Value {
  const ahead = scope.op('Relu', [scope.op('Sub', [columns, rows])]);
  return scope.op('Mul', [ahead, scope.initializers.scalar(disallowed)]);
}

/** @param cos `[T, hd]`; @param sin `[T, hd]`; @param positions `[T]` float32 */
export function sequenceContext(
  scope: GraphScope,
  inputs: { cos: Value; sin: Value; positions: Value },
  groupSize: number,
  headDim: number,
): SequenceContext {
  return {
    rotary: {
      cos: reshape(scope, inputs.cos, [-1, 1, headDim]),
      sin: reshape(scope, inputs.sin, [-1, 1, headDim]),
    },
    positions: inputs.positions,
    mask: groupedMask(scope, inputs.positions, inputs.positions, groupSize),
  };
}

/** Causal mask `[G·rows, columns]` from positions of rows and columns. */
function groupedMask(scope: GraphScope, rows: Value, columns: Value, groupSize: number): Value {
  const column = reshape(scope, rows, [-1, 1]);
  const repeated = groupSize === 1 ? column : scope.op('Concat', Array(groupSize).fill(column), { axis: 0 });
  return causal(scope, repeated, reshape(scope, columns, [1, -1]));
}

/**
 * Shapes are kept readable for the runtime (an unsqueeze names its dimensions where a reshape does not): it then works in
 * place where it can.
 * @param inputs `cos` and `sin` `[R, hd]`; positions of keys `[T]` and of queries `[G·T]`, float32
 */
export function samplesContext(
  scope: GraphScope,
  inputs: Pick<SamplesContext, 'queries' | 'keys' | 'mixed'> & {
    cos: Value;
    sin: Value;
    positions: Value;
    queryPositions: Value;
  },
): SamplesContext {
  const { cos, sin, positions, queryPositions, queries, keys, mixed } = inputs;
  const unsqueezed = (x: Value, axis: number) => scope.op('Unsqueeze', [x, scope.initializers.ints([axis])]);
  return {
    rotary: { cos: unsqueezed(cos, 1), sin: unsqueezed(sin, 1) },
    mask: causal(scope, unsqueezed(queryPositions, 1), unsqueezed(positions, 0)),
    queries,
    keys,
    mixed,
  };
}

/**
 * Mask of a key-value cache: `[S, 1, 1, P]`, 0 at the rows that a sample has, very negative after them.
 * @param lengths rows of each sample in the cache, `[S]`; @param positions `0..P-1`; both float32
 */
export function cacheMask(scope: GraphScope, lengths: Value, positions: Value): Value {
  const last = scope.op('Sub', [reshape(scope, lengths, [-1, 1, 1, 1]), scope.initializers.scalar(1)]);
  return causal(scope, last, reshape(scope, positions, [1, 1, 1, -1]));
}

export function targetContext(
  scope: GraphScope,
  sequence: SequenceContext,
  { heads, keyValueHeads, groupSize, headDim }: Dimensions,
  inputs: Omit<TargetContext, 'chunks' | 'zeros' | 'packedRotary' | 'rotary' | 'mask'> & {
    readonly chunks: readonly Omit<AttentionChunk, 'mask'>[];
  },
): TargetContext {
  const own = reshape(scope, gatherRows(scope, sequence.positions, inputs.rows), [-1, 1, 1, 1]);
  const rotaryAt = (rows: Value): Rotary => ({
    cos: gatherRows(scope, sequence.rotary.cos, rows),
    sin: gatherRows(scope, sequence.rotary.sin, rows),
  });
  const positionsAt = (rows: Value) => gatherRows(scope, sequence.positions, rows);
  return {
    ...inputs,
    zeros: { queries: zeroRow(scope, heads * headDim), keys: zeroRow(scope, keyValueHeads * headDim) },
    chunks: inputs.chunks.map((chunk) => ({
      ...chunk,
      mask: groupedMask(scope, positionsAt(chunk.rows), positionsAt(chunk.keys), groupSize),
    })),
    rotary: rotaryAt(inputs.rows),
    packedRotary: rotaryAt(inputs.packedRows),
    mask: causal(scope, own, reshape(scope, sequence.positions, [1, 1, 1, -1])),
  };
}
