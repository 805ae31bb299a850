import { InputError } from '../errors.ts';
import { type ComparisonRecord, maxAllPairs } from '../record/comparison/comparisonRecord.ts';

/* Which pairs of checkpoints are compared. */

/** Every checkpoint against the reference only, or against all before it too. */
export type PairChoice = 'reference' | 'all';

/**
 * The pairs to compare, as positions: every checkpoint against the first, then, for `all`, every later one against
 * those between.
 *
 * @throws InputError for all pairs of more than six checkpoints
 */
export function comparedPairs(checkpoints: number, choice: PairChoice): ComparisonRecord['pairs'] {
  if (choice === 'all' && checkpoints > maxAllPairs) {
    throw new InputError(
      `All pairs of ${checkpoints} checkpoints are too many: compare at most ${maxAllPairs}, or each with the first only.`,
    );
  }
  const pairs: ComparisonRecord['pairs'] = [];
  const references = choice === 'all' ? checkpoints - 1 : 1;
  for (let reference = 0; reference < references; reference++) {
    for (let checkpoint = reference + 1; checkpoint < checkpoints; checkpoint++) pairs.push({ reference, checkpoint });
  }
  return pairs;
}
