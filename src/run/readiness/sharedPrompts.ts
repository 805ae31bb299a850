import { shownCount } from '../../files/reading/shown.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { matchPrompts } from '../../readiness/rolloutFiles/matchPrompts.ts';
import type { RolloutTable } from '../../readiness/rolloutFiles/rolloutTable.ts';

/**
 * The prompts that files of rollouts bring themselves: those with answers, of the base's files too where there are any.
 *
 * @param onNote hears of those that are left out
 * @throws InputError when none is shared
 */
export function sharedPrompts(
  table: RolloutTable,
  base: RolloutTable | undefined,
  onNote: (note: string) => void,
): readonly Prompt[] {
  const answered = table.prompts.filter(({ index }) => table.rollouts[index]!.rollouts.length > 0);
  const inBase =
    base &&
    new Set(matchPrompts(base, answered).rollouts.flatMap((each) => (each.rollouts.length > 0 ? [each.prompt] : [])));
  const shared = answered.filter(({ index }) => inBase?.has(index) ?? true);
  const left = table.prompts.length - shared.length;
  if (left > 0) onNote(`${shownCount(left, 'prompt')} left out, without answers${base ? ' of both' : ''}.`);
  return shared.map((prompt, index) => (prompt.index === index ? prompt : { ...prompt, index }));
}
