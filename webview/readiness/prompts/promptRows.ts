import type { Model } from '../state/model.ts';
import type { PromptFilter, State } from '../state/state.ts';

/* Which prompts the list shows, and in which order. Pure. */

/** What a filter keeps, in words. */
export const filterNames: Readonly<Record<PromptFilter, string>> = {
  all: 'all prompts',
  lost: 'lost: solved by the base, never by another shown',
  gained: 'gained: never solved by the base, by another shown',
  mixed: 'solved by some shown, not by all',
  never: 'never solved by any shown',
  always: 'solved by all shown',
};

/** @returns positions of the prompts */
export function promptRows(model: Model, state: State): readonly number[] {
  const { promptFilter, promptSort } = state;
  const counts = model.rows.map((_, row) => model.sampled(row, state)!.counts);
  const shown = model.shown(state);
  const others = shown.filter((row) => !model.rows[row]!.isBase);
  const solves = (row: number, prompt: number) => counts[row]![prompt]!.correct > 0;
  const kept = (prompt: number): boolean => {
    switch (promptFilter) {
      case 'all':
        return true;
      case 'lost':
        return solves(0, prompt) && others.some((row) => !solves(row, prompt));
      case 'gained':
        return !solves(0, prompt) && others.some((row) => solves(row, prompt));
      case 'mixed':
        return shown.some((row) => solves(row, prompt)) && shown.some((row) => !solves(row, prompt));
      case 'never':
        return !shown.some((row) => solves(row, prompt));
      case 'always':
        return shown.every((row) => solves(row, prompt));
    }
  };
  const prompts = counts[0]!.map((_, prompt) => prompt).filter(kept);
  const { column, descending } = promptSort;
  if (column < 0) return descending ? prompts.reverse() : prompts;
  const share = (prompt: number) => counts[column]![prompt]!.correct / counts[column]![prompt]!.samples;
  // Those alike stay in the file's order.
  return prompts.sort((a, b) => (descending ? share(b) - share(a) : share(a) - share(b)) || a - b);
}
