import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { Target } from '../../method/attribution.ts';
import { type AttentionPacking, packAttention } from './attentionPacking.ts';

/* Lays the rows of several samples, or of several targets, end to end, so that one run computes them all. */

/** Indices of a forward run, with the shapes that `SamplesContext` of src/graph/layers/attention/context.ts gives them. */
export interface SamplePacking {
  readonly samples: number;
  /** T. */
  readonly longest: number;
  readonly queries: Int32Array;
  readonly keys: Int32Array;
  readonly mixed: Int32Array;
}

/** Lays the rows of samples end to end. @param rows of each sample, at least 1 */
export function packSamples(
  rows: readonly number[],
  { heads, keyValueHeads }: Pick<Architecture, 'heads' | 'keyValueHeads'>,
): SamplePacking {
  const samples = rows.length;
  const longest = Math.max(...rows);
  const byPosition = (each: number) => {
    const indices = new Int32Array(samples * each * longest);
    let at = 0;
    let first = 0;
    for (const own of rows) {
      for (let head = 0; head < each; head++) {
        for (let row = 0; row < longest; row++) indices[at++] = (first + Math.min(row, own - 1)) * each + head;
      }
      first += own;
    }
    return indices;
  };
  const mixed = new Int32Array(rows.reduce((sum, own) => sum + own, 0) * heads);
  let at = 0;
  for (const [sample, own] of rows.entries()) {
    for (let row = 0; row < own; row++) {
      for (let head = 0; head < heads; head++) mixed[at++] = (sample * heads + head) * longest + row;
    }
  }
  return { samples, longest, queries: byPosition(heads), keys: byPosition(keyValueHeads), mixed };
}

/** How the rows of a batch of targets are packed; N targets, T rows of the longest, M packed rows. */
export interface Packing {
  /** Largest target row + 1. */
  readonly rows: number;
  /** Row of the sequence that each packed row is of, `[M]`. */
  readonly packedRows: readonly number[];
  /** Each packed row's place in `[N, T]`, `[M]`. */
  readonly packedPlaces: readonly number[];
  /** Packed row of each target's own row, `[N]`. */
  readonly ownRows: readonly number[];
  /** The target whose own row a packed row is, N elsewhere, `[M]`. */
  readonly ownTargets: readonly number[];
  readonly attention: AttentionPacking;
}

/**
 * Lays rows `0..t` of each target end to end: after its own row a target's gradient is zero.
 * @param chunkRows of a chunk of attention's backward at least
 */
export function packTargets(targets: readonly Target[], chunkRows?: number): Packing {
  const rows = Math.max(...targets.map((target) => target.row)) + 1;
  const total = targets.reduce((sum, target) => sum + target.row + 1, 0);
  const packedRows: number[] = [];
  const packedPlaces: number[] = [];
  const ownRows: number[] = [];
  const ownTargets = Array<number>(total).fill(targets.length);
  for (const [n, target] of targets.entries()) {
    for (let row = 0; row <= target.row; row++) {
      packedPlaces.push(n * rows + row);
      packedRows.push(row);
    }
    ownRows.push(packedRows.length - 1);
    ownTargets[packedRows.length - 1] = n;
  }
  return { rows, packedRows, packedPlaces, ownRows, ownTargets, attention: packAttention(targets, chunkRows) };
}

/** Rows of one part of several. */
export interface RowSpan {
  readonly part: number;
  readonly first: number;
  readonly count: number;
}

/** Cuts parts of so many rows each, end to end, into runs of `most` rows; the last has what is left. */
export function rowRuns(rows: readonly number[], most: number): readonly (readonly RowSpan[])[] {
  const runs: RowSpan[][] = [];
  let room = 0;
  for (const [part, own] of rows.entries()) {
    for (let first = 0; first < own; ) {
      if (room === 0) {
        runs.push([]);
        room = most;
      }
      const count = Math.min(room, own - first);
      runs.at(-1)!.push({ part, first, count });
      first += count;
      room -= count;
    }
  }
  return runs;
}
