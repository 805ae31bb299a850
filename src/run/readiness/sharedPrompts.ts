import { InputError } from '../../errors.ts';
import { shownCount } from '../../files/reading/shown.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { matchPrompts } from '../../readiness/rolloutFiles/matchPrompts.ts';
import type { RolloutTable } from '../../readiness/rolloutFiles/rolloutTable.ts';

/* Which prompts count where answers come out of files: those that all the files have answers to. */

const renumbered = (prompts: readonly Prompt[]): readonly Prompt[] =>
  prompts.map((prompt, index) => (prompt.index === index ? prompt : { ...prompt, index }));

/**
 * The prompts of a user's file that files of rollouts have answers to, all of the tables; a step of a training answers a
 * part of its data.
 *
 * @param onNote hears how many are left out
 * @throws InputError when a table answers none of them, or all together have no prompt in common
 */
export function answeredPrompts(
  tables: readonly RolloutTable[],
  prompts: readonly Prompt[],
  onNote: (note: string) => void,
): readonly Prompt[] {
  const answered = tables.map(
    (table) =>
      new Set(matchPrompts(table, prompts).rollouts.flatMap((each) => (each.rollouts.length > 0 ? [each.prompt] : []))),
  );
  const left = prompts.filter(({ index }) => answered.every((indices) => indices.has(index)));
  const whose = tables.length > 1 ? "both checkpoint's and base's rollouts" : 'the rollouts';
  if (left.length === 0) throw new InputError(`No prompt of the file has answers in ${whose}.`);
  const missing = prompts.length - left.length;
  if (missing === 0) return prompts;
  onNote(
    `${missing} of ${shownCount(prompts.length, 'prompt')} left out, without answers in ${whose}: all figures are of the other ${left.length}.`,
  );
  return renumbered(left);
}

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
  return renumbered(shared);
}
