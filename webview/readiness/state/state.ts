import type { Sort } from '../../page/sort.ts';

/*
 * What the readiness page remembers across reloads: what is looked at, never what the record says. Pure, so that it is
 * tested without a browser.
 */

export const entropyBases = ['sampled', 'heldOut', 'training'] as const;
export type EntropyBasis = (typeof entropyBases)[number];
export const promptFilters = ['all', 'lost', 'gained', 'mixed', 'never', 'always'] as const;
export type PromptFilter = (typeof promptFilters)[number];

export interface State {
  /** Position among the record's temperatures. */
  readonly temperature: number;
  readonly entropy: EntropyBasis;
  /** Positions of rows that figures leave out. */
  readonly hidden: readonly number[];
  /** By a column of the tables of figures; `order`: that of the record. */
  readonly sort: Sort<string>;
  /** By the answers of a row, or by the line (−1). */
  readonly promptSort: Sort<number>;
  readonly promptFilter: PromptFilter;
}

export const initialState: State = {
  temperature: 0,
  entropy: 'sampled',
  hidden: [],
  sort: { column: 'order', descending: false },
  promptSort: { column: -1, descending: false },
  promptFilter: 'all',
};

export function changed(state: State, change: Partial<State>): State {
  return { ...state, ...change };
}

/** What a record allows; see {@link fitted}. */
export interface Bounds {
  readonly rows: number;
  readonly temperatures: number;
  /** Of which there are histograms; none without. */
  readonly bases: readonly EntropyBasis[];
}

/** The state as far as the record has what it names; the rest begins anew. */
export function fitted(state: State, { rows, temperatures, bases }: Bounds): State {
  const hidden = state.hidden.filter((row) => row < rows);
  return {
    ...state,
    temperature: state.temperature < temperatures ? state.temperature : 0,
    entropy: bases.includes(state.entropy) ? state.entropy : (bases[0] ?? 'sampled'),
    // One at least is shown.
    hidden: hidden.length < rows ? hidden : [],
    promptSort: state.promptSort.column < rows ? state.promptSort : initialState.promptSort,
  };
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown, otherwise: Value): Value {
  return values.find((each) => each === value) ?? otherwise;
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The state that was kept, whatever was kept. */
export function restored(saved: unknown): State {
  if (typeof saved !== 'object' || saved === null) return initialState;
  const { temperature, entropy, hidden, sort, promptSort, promptFilter } = saved as {
    readonly [key in keyof State]?: unknown;
  };
  const sorted = (value: unknown) => (value ?? {}) as { readonly column?: unknown; readonly descending?: unknown };
  const [table, prompts] = [sorted(sort), sorted(promptSort)];
  return {
    temperature: isPosition(temperature) ? temperature : 0,
    entropy: oneOf(entropyBases, entropy, initialState.entropy),
    hidden: Array.isArray(hidden) ? hidden.filter(isPosition) : [],
    sort:
      typeof table.column === 'string'
        ? { column: table.column, descending: table.descending === true }
        : initialState.sort,
    promptSort:
      isPosition(prompts.column) || prompts.column === -1
        ? { column: prompts.column, descending: prompts.descending === true }
        : initialState.promptSort,
    promptFilter: oneOf(promptFilters, promptFilter, initialState.promptFilter),
  };
}
