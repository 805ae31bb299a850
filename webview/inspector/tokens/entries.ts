import type { TokenTable } from '../../../src/protocol/inspector.ts';
import type { Sort } from '../../page/sort.ts';
import type { State, TokenColumn } from '../state/state.ts';

/* What the tokens tab counts: words, or single tokens. Pure, so that it is tested without a browser. */

/** A word, or a token, and how often it is a target. */
export interface Entry {
  /** Of a token; undefined for a word. */
  readonly id: number | undefined;
  /** Untrusted display text. */
  readonly text: string;
  readonly count: number;
  /** Mean entropy gap where it is a target, nats. */
  readonly meanGap: number;
  /** Ids of the tokens that it is made of. */
  readonly ids: readonly number[];
}

/** The entries of a record by the grouping that was chosen, most frequent first. */
export function entriesOf({ tokenGrouping }: Pick<State, 'tokenGrouping'>, { words, selected }: TokenTable): Entry[] {
  if (tokenGrouping === 'word') return words.map((word) => ({ ...word, id: undefined }));
  return selected.map((token) => ({ ...token, ids: [token.id] }));
}

/** Whether the entry is the one that filters the entropy map. */
export function isChosen(
  { id, text }: Entry,
  { filterToken, filterWord }: Pick<State, 'filterToken' | 'filterWord'>,
): boolean {
  return id === undefined ? text === filterWord : id === filterToken;
}

/** The change of state that chooses an entry as the filter, or lets go of it. */
export function choice(entry: Entry, state: State): Pick<State, 'filterToken' | 'filterWord'> {
  if (isChosen(entry, state)) return { filterToken: undefined, filterWord: undefined };
  return entry.id === undefined
    ? { filterToken: undefined, filterWord: entry.text }
    : { filterToken: entry.id, filterWord: undefined };
}

/** The entries in a column's order. */
export function sortedEntries(entries: readonly Entry[], { column, descending }: Sort<TokenColumn>): Entry[] {
  const sign = descending ? -1 : 1;
  const order: Readonly<Record<TokenColumn, (a: Entry, b: Entry) => number>> = {
    text: (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
    id: (a, b) => a.ids.length - b.ids.length || a.ids[0]! - b.ids[0]!,
    count: (a, b) => a.count - b.count,
    gap: (a, b) => a.meanGap - b.meanGap,
  };
  return [...entries].sort((a, b) => sign * order[column](a, b) || a.ids[0]! - b.ids[0]!);
}
