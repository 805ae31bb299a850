import type { Architecture } from '../../../checkpoint/architecture/architecture.ts';
import { type AttentionKind, attentionKinds } from '../../../checkpoint/architecture/layerForm.ts';
import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import { type RotaryTable, rotaryInputs, rotaryTables, tablesOf } from '../../rotaryInputs.ts';
import type { Dimensions } from '../dimensions.ts';
import { gatherRows, reshape, zeroRow } from '../shapes.ts';
import type { LayerRotary, Rotary } from './rotary.ts';

/* What all layers of a graph share in one run: positions, masks, and how rows of samples or targets are packed. */

/** What every layer of a kind needs besides weights and the residual stream. */
export interface SequenceContext {
  readonly rotary: LayerRotary | undefined;
  /** Tokens that a row looks at, itself included; undefined: all before it. */
  readonly window: number | undefined;
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
  /** Rotary tables of queries at packed rows, `[M, 1, hd]`. */
  readonly packedRotary: Rotary | undefined;
  /** Packed row of each target's own row, `[N]` int64. */
  readonly ownRows: Value;
  /** The target whose own row a packed row is, N elsewhere, `[M]` int64. */
  readonly ownTargets: Value;
  /** Rotary tables of queries at the target rows, `[N, 1, hd]`. */
  readonly rotary: Rotary | undefined;
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
  readonly rotary: LayerRotary | undefined;
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

/**
 * Causal mask from positions: `-1e30 · relu(column − row)`, and of a window also what lies before it. Made on the device, so
 * nothing `[T, T]` is uploaded.
 */
function causal(scope: GraphScope, rows: Value, columns: Value, window?: number): Value {
  const ahead = scope.op('Relu', [scope.op('Sub', [columns, rows])]);
  const outside = window === undefined ? ahead : scope.op('Add', [ahead, behind(scope, rows, columns, window)]);
  return scope.op('Mul', [outside, scope.initializers.scalar(disallowed)]);
}

/** How far each column lies before a row's window; 0 in it and after. */
function behind(scope: GraphScope, rows: Value, columns: Value, window: number): Value {
  const first = scope.op('Sub', [rows, scope.initializers.scalar(window - 1)]);
  return scope.op('Relu', [scope.op('Sub', [first, columns])]);
}

/** What layers use, of each layer; layers alike share one object. */
function ofKinds<Context>(architecture: Architecture, make: (kind: AttentionKind) => Context): readonly Context[] {
  const made = new Map<AttentionKind, Context>();
  return attentionKinds(architecture).map((kind) => {
    if (!made.has(kind)) made.set(kind, make(kind));
    return made.get(kind)!;
  });
}

/** Puts a model's rotary tables into a graph; what it gives tells a layer's. @param shaped of a table, `[rows, 1, hd]` */
function rotaries(scope: GraphScope, architecture: Architecture, shaped: (scope: GraphScope, table: Value) => Value) {
  const tables = new Map(
    rotaryTables(architecture).map((table): [RotaryTable, Rotary] => {
      const { cos, sin } = rotaryInputs(table);
      return [table, { cos: shaped(scope, cos as Value), sin: shaped(scope, sin as Value) }];
    }),
  );
  return (kind: AttentionKind): LayerRotary | undefined => {
    const used = tablesOf(kind, architecture);
    return used && { queries: tables.get(used.queries)!, keys: tables.get(used.keys)! };
  };
}

/** Of each layer, from the graph's rotary tables, `[T, hd]`. @param positions `[T]` float32 */
export function sequenceContexts(
  scope: GraphScope,
  architecture: Architecture,
  positions: Value,
  { groupSize, headDim }: Pick<Dimensions, 'groupSize' | 'headDim'>,
): readonly SequenceContext[] {
  const rotaryOf = rotaries(scope, architecture, (inner, table) => reshape(inner, table, [-1, 1, headDim]));
  return ofKinds(architecture, (kind) => ({
    rotary: rotaryOf(kind),
    window: kind.window,
    positions,
    mask: groupedMask(scope, positions, positions, groupSize, kind.window),
  }));
}

/** Causal mask `[G·rows, columns]` from positions of rows and columns. */
function groupedMask(scope: GraphScope, rows: Value, columns: Value, groupSize: number, window?: number): Value {
  const column = reshape(scope, rows, [-1, 1]);
  const repeated = groupSize === 1 ? column : scope.op('Concat', Array(groupSize).fill(column), { axis: 0 });
  return causal(scope, repeated, reshape(scope, columns, [1, -1]), window);
}

/**
 * Of each layer. Shapes are kept readable for the runtime (an unsqueeze names its dimensions where a reshape does not): it then
 * works in place where it can. The graph's rotary tables are `[R, hd]`.
 * @param inputs positions of keys `[T]` and of queries `[G·T]`, float32
 */
export function samplesContexts(
  scope: GraphScope,
  architecture: Architecture,
  inputs: Pick<SamplesContext, 'queries' | 'keys' | 'mixed'> & { positions: Value; queryPositions: Value },
): readonly SamplesContext[] {
  const { positions, queryPositions, queries, keys, mixed } = inputs;
  const unsqueezed = (x: Value, axis: number) => scope.op('Unsqueeze', [x, scope.initializers.ints([axis])]);
  const rotaryOf = rotaries(scope, architecture, (_, table) => unsqueezed(table, 1));
  return ofKinds(architecture, (kind) => ({
    rotary: rotaryOf(kind),
    mask: causal(scope, unsqueezed(queryPositions, 1), unsqueezed(positions, 0), kind.window),
    queries,
    keys,
    mixed,
  }));
}

/**
 * Masks of a key-value cache, of each layer: 0 at the rows that a sample has, very negative after them, `[S, 1, 1, P]`; of a
 * window also before it, `[S, 1, G·T, P]`.
 * @param lengths rows of each sample in the cache, `[S]`; @param positions `0..P-1`; @param queryPositions in the run, `[G·T]`; all
 *   float32
 */
export function cacheMasks(
  scope: GraphScope,
  architecture: Architecture,
  inputs: { readonly lengths: Value; readonly positions: Value; readonly queryPositions: Value },
): readonly Value[] {
  const lengths = reshape(scope, inputs.lengths, [-1, 1, 1, 1]);
  const positions = reshape(scope, inputs.positions, [1, 1, 1, -1]);
  const last = scope.op('Sub', [lengths, scope.initializers.scalar(1)]);
  return ofKinds(architecture, ({ window }) => {
    const missing = causal(scope, last, positions);
    if (window === undefined) return missing;
    const rows = scope.op('Add', [lengths, reshape(scope, inputs.queryPositions, [1, 1, -1, 1])]);
    const early = scope.op('Mul', [behind(scope, rows, positions, window), scope.initializers.scalar(disallowed)]);
    return scope.op('Add', [missing, early]);
  });
}

/** Of each layer, from what its rows have in a sequence; layers alike share one object. */
export function targetContexts(
  scope: GraphScope,
  sequences: readonly SequenceContext[],
  dims: Dimensions,
  inputs: TargetInputs,
): readonly TargetContext[] {
  const made = new Map<SequenceContext, TargetContext>();
  return sequences.map((sequence) => {
    if (!made.has(sequence)) made.set(sequence, targetContext(scope, sequence, dims, inputs));
    return made.get(sequence)!;
  });
}

type TargetInputs = Omit<TargetContext, 'chunks' | 'zeros' | 'packedRotary' | 'rotary' | 'mask'> & {
  readonly chunks: readonly Omit<AttentionChunk, 'mask'>[];
};

function targetContext(
  scope: GraphScope,
  sequence: SequenceContext,
  { heads, keyValueHeads, groupSize, headDim }: Dimensions,
  inputs: TargetInputs,
): TargetContext {
  const own = reshape(scope, gatherRows(scope, sequence.positions, inputs.rows), [-1, 1, 1, 1]);
  const queries = sequence.rotary?.queries;
  const rotaryAt = (rows: Value): Rotary | undefined =>
    queries && { cos: gatherRows(scope, queries.cos, rows), sin: gatherRows(scope, queries.sin, rows) };
  const positionsAt = (rows: Value) => gatherRows(scope, sequence.positions, rows);
  return {
    ...inputs,
    zeros: { queries: zeroRow(scope, heads * headDim), keys: zeroRow(scope, keyValueHeads * headDim) },
    chunks: inputs.chunks.map((chunk) => ({
      ...chunk,
      mask: groupedMask(scope, positionsAt(chunk.rows), positionsAt(chunk.keys), groupSize, sequence.window),
    })),
    rotary: rotaryAt(inputs.rows),
    packedRotary: rotaryAt(inputs.packedRows),
    mask: causal(scope, own, reshape(scope, sequence.positions, [1, 1, 1, -1]), sequence.window),
  };
}
