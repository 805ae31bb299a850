import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';

/** How long a sample may be for each checkpoint that is to read it. */

/** The longest sample in tokens that every checkpoint was made for, and no longer than asked for. */
export function usableLength(checkpoints: readonly Checkpoint[], maxLength: number): number {
  return Math.min(maxLength, ...checkpoints.map(({ architecture }) => architecture.maxPositions));
}

/**
 * Refuses samples in which some token would not see all before it: the graphs have full attention only.
 *
 * @param longest tokens of the longest sample
 * @throws InputError naming the file and the length that can be computed
 */
export function checkSlidingWindow({ folder, architecture }: Checkpoint, longest: number): void {
  const { slidingWindow } = architecture;
  if (slidingWindow === undefined || longest <= slidingWindow) return;
  throw new InputError(
    `"${join(folder, 'config.json')}": "sliding_window" is ${slidingWindow} tokens, but the longest sample has ${longest}; only full ` +
      `attention is computed. Pass --max-length ${slidingWindow} (in VS Code, set rejuvenation.maxLength).`,
  );
}
