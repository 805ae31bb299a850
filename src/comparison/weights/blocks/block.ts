import type { TrimmedCounts } from '../../../kernels/diffSums.ts';
import type { TensorPlace } from '../../checkpoints/tensorMatch.ts';
import type { Moments } from '../sums/moments.ts';
import type { FlatSpike } from '../sums/spikeList.ts';

/* A block: the part of a tensor that a thread compares at a time, and the sums that come of it. */

/** A run of rows of one tensor, which one worker goes through. */
export interface Block {
  /** The tensor's rows and columns. */
  readonly rows: number;
  readonly columns: number;
  readonly rowStart: number;
  readonly rowEnd: number;
  /** One a checkpoint. */
  readonly places: readonly TensorPlace[];
}

export function elementsOf({ rowStart, rowEnd, columns }: Block): number {
  return (rowEnd - rowStart) * columns;
}

/** What one pair of checkpoints comes to in a block; n finite elements. */
export interface BlockSums {
  readonly nonFinite: number;
  /** Elements whose bits are equal, those that are not finite too. */
  readonly equal: number;
  readonly zero: number;
  /** Elements above 0 on one side and below on the other. */
  readonly signFlips: number;
  readonly referenceSquares: number;
  readonly checkpointSquares: number;
  /** Sum of the products of both sides. */
  readonly dot: number;
  /** Sum of delta². */
  readonly squares: number;
  readonly moments: Moments;
  readonly histogram: TrimmedCounts;
  readonly spikes: readonly FlatSpike[];
  /** Norm of delta in each of the block's rows. */
  readonly rowNorms: Float32Array;
  /** Sum of delta² of each column. */
  readonly columnSums: Float64Array;
  /** The map's rows that the block touches, from `mapStart`, `[rows, mapCells(columns)]`. */
  readonly mapStart: number;
  readonly map: Float32Array;
}

/** Elements of a block, give or take a row: some 10 ms of work, and results of some 100 kB a pair. */
export const blockElements = 2 ** 23;

/** Cuts a tensor into blocks of whole rows. The same whatever the number of workers, as are then all sums. */
export function* blocksOf({ rows, columns, places }: Pick<Block, 'rows' | 'columns' | 'places'>): Generator<Block> {
  if (rows * columns === 0) return;
  const step = Math.max(1, Math.floor(blockElements / columns));
  for (let rowStart = 0; rowStart < rows; rowStart += step) {
    yield { rows, columns, rowStart, rowEnd: Math.min(rowStart + step, rows), places };
  }
}
