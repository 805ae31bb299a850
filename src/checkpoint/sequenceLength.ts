import type { Checkpoint } from './checkpoint.ts';

/** How long a sample may be for each checkpoint that is to read it. */

/** The longest sample in tokens that every checkpoint was made for, and no longer than asked for. */
export function usableLength(checkpoints: readonly Checkpoint[], maxLength: number): number {
  return Math.min(maxLength, ...checkpoints.map(({ architecture }) => architecture.maxPositions));
}
