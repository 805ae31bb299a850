import type { PowerSums } from '../../../kernels/diffSums.ts';
import { type Moments, mergeMoments, momentsAround, noMoments } from './moments.ts';
import { SpikeList } from './spikeList.ts';

/* The running sums of a pair of checkpoints within a block. */

/** What a pair's sums have come to so far, besides those in the kernel's memory. */
export interface PairSums {
  nonFinite: number;
  equal: number;
  zero: number;
  signFlips: number;
  referenceSquares: number;
  checkpointSquares: number;
  dot: number;
  squares: number;
  moments: Moments;
  readonly spikes: SpikeList;
  /** Sums of delta², `[rows]` of the block. */
  readonly rowSums: Float64Array;
}

/** @param rows of the block */
export function noSums(rows: number): PairSums {
  return {
    nonFinite: 0,
    equal: 0,
    zero: 0,
    signFlips: 0,
    referenceSquares: 0,
    checkpointSquares: 0,
    dot: 0,
    squares: 0,
    moments: noMoments,
    spikes: new SpikeList(),
    rowSums: new Float64Array(rows),
  };
}

/** What costs a pass of its own over a chunk, where too many digits cancel otherwise. */
export interface Again {
  /** Sum of the products of both sides. */
  dot(): number;
  /** Power sums around another middle than 0. */
  powers(middle: number): PowerSums['powers'];
}

/**
 * Adds a chunk's sums.
 * @param count elements that are finite
 */
export function addSums(sums: PairSums, count: number, added: PowerSums, again: Again): void {
  const { referenceSquares, checkpointSquares, powers, equal, zero, signFlips } = added;
  const [first, squares] = powers;
  sums.equal += equal;
  sums.zero += zero;
  sums.signFlips += signFlips;
  sums.referenceSquares += referenceSquares;
  sums.checkpointSquares += checkpointSquares;
  sums.squares += squares;
  const mean = count === 0 ? 0 : first / count;
  const far = 4 * mean * mean * count > squares;
  sums.moments = mergeMoments(
    sums.moments,
    far ? momentsAround(count, mean, again.powers(mean)) : momentsAround(count, 0, powers),
  );
  // 2 a b = a² + b² - (b - a)².
  const bothSquares = referenceSquares + checkpointSquares;
  const half = (bothSquares - squares) / 2;
  sums.dot += Math.abs(half) * 64 < bothSquares ? again.dot() : half;
}
