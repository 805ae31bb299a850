import { InputError } from '../errors.ts';
import { shownCount } from '../files/reading/shown.ts';
import { rowPriority } from './rows/rowPriority.ts';

/* Sets samples aside that choose no target: what a method is judged on should not be what it picked its targets from. */

/** No file has a row of this number, so that which samples are held out does not hang on which rows were drawn. */
const beyondRows = 2 ** 48;

/**
 * How many samples are held out: the share, rounded, but one at least on either side; none where the share is 0.
 *
 * @throws InputError when a share is to be held out of a single sample
 */
export function heldOutCount(samples: number, holdout: number): number {
  if (holdout === 0) return 0;
  if (samples < 2) {
    throw new InputError(
      `holdout is ${holdout}, but the calibration has one sample only: one is needed to choose targets and one to hold ` +
        'out. Take more samples, or holdout 0.',
    );
  }
  return Math.min(Math.max(Math.round(holdout * samples), 1), samples - 1);
}

/**
 * Which samples are held out, evenly and by the seed: those of the lowest priority. A larger share holds out these and
 * others.
 *
 * @param samples how many there are
 * @param seed whole number from 0 to 2^53 - 1
 * @returns their indices, ascending
 * @throws InputError when a share is to be held out of a single sample
 */
export function heldOutSamples(samples: number, holdout: number, seed: number): ReadonlySet<number> {
  const count = heldOutCount(samples, holdout);
  const priority = rowPriority(seed);
  const ranks = Array.from({ length: samples }, (_, index) => priority(beyondRows + index));
  const drawn = Array.from(ranks.keys()).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  return new Set(drawn.slice(0, count).sort((a, b) => a - b));
}

/** What is said of them; undefined where there are none. */
export function heldOutNote(heldOut: ReadonlySet<number>, samples: number, seed: number): string | undefined {
  if (heldOut.size === 0) return undefined;
  const what = heldOut.size === 1 ? ['is', 'it is measured and chooses'] : ['are', 'they are measured and choose'];
  return `${shownCount(heldOut.size)} of ${shownCount(samples)} samples ${what[0]} held out by seed ${seed}: ${what[1]} no target.`;
}
