import type { Target } from '../protocol/engine.ts';

/** How the rows of a batch of targets are packed; N targets, T rows of the longest, M packed rows. */
export interface Packing {
  /** Largest target row + 1. */
  readonly rows: number;
  /** Row of the sequence that each packed row is of, `[M]`. */
  readonly packedRows: readonly number[];
  /** Each packed row's place in `[N, T]`, `[M]`. */
  readonly packedPlaces: readonly number[];
  /** Packed row of each place, M where there is none, `[N, T]`. */
  readonly unpack: readonly number[];
  /** Packed row of each target's own row, `[N]`. */
  readonly ownRows: readonly number[];
  /** The target whose own row a packed row is, N elsewhere, `[M]`. */
  readonly ownTargets: readonly number[];
}

/** Lays rows `0..t` of each target end to end: after its own row a target's gradient is zero. */
export function packTargets(targets: readonly Target[]): Packing {
  const rows = Math.max(...targets.map((target) => target.row)) + 1;
  const total = targets.reduce((sum, target) => sum + target.row + 1, 0);
  const packedRows: number[] = [];
  const packedPlaces: number[] = [];
  const ownRows: number[] = [];
  const unpack = Array<number>(targets.length * rows).fill(total);
  const ownTargets = Array<number>(total).fill(targets.length);
  for (const [n, target] of targets.entries()) {
    for (let row = 0; row <= target.row; row++) {
      unpack[n * rows + row] = packedRows.length;
      packedPlaces.push(n * rows + row);
      packedRows.push(row);
    }
    ownRows.push(packedRows.length - 1);
    ownTargets[packedRows.length - 1] = n;
  }
  return { rows, packedRows, packedPlaces, unpack, ownRows, ownTargets };
}
