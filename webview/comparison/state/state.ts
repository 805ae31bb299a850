import { type Scale, scales } from '../../figures/colourScale.ts';
import type { Sort } from '../../page/sort.ts';
import { type StatisticName, statisticNames } from './statistics.ts';

/*
 * What the comparison's page remembers across reloads: what is looked at, never what the record says. Pure, so that it
 * is tested without a browser.
 */

export const tabs = ['map', 'tensor', 'output', 'series'] as const;
export type Tab = (typeof tabs)[number];
export const seriesColumns = ['order', 'nll', 'entropy', 'top1', 'drift', 'spikiness'] as const;
export type SeriesColumn = (typeof seriesColumns)[number];

/** Part of a tensor, `[rowStart, rowEnd) × [columnStart, columnEnd)`. */
export interface Region {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly columnStart: number;
  readonly columnEnd: number;
}

export interface State {
  readonly tab: Tab;
  readonly statistic: StatisticName;
  readonly mapScale: Scale;
  /** Position among the record's tensors; undefined: chosen for the record. */
  readonly tensor: number | undefined;
  /** Positions of the pairs shown side by side; undefined: chosen for the record. */
  readonly pairs: readonly number[] | undefined;
  /** Undefined: the whole tensor. */
  readonly region: Region | undefined;
  /** Name of the run whose reset set is marked; '' for none, undefined: the first. */
  readonly run: string | undefined;
  readonly sample: number;
  /** Position among the sample's response rows. */
  readonly row: number | undefined;
  /** Positions of the checkpoints whose text is shown; undefined: the first three. */
  readonly texts: readonly number[] | undefined;
  /** Whether the engine is asked for the whole distributions. */
  readonly full: boolean;
  readonly distributionScale: Scale;
  readonly seriesSort: Sort<SeriesColumn>;
  /** Position of the checkpoint chosen in the series. */
  readonly checkpoint: number | undefined;
}

export const initialState: State = {
  tab: 'map',
  statistic: 'relativeNorm',
  mapScale: 'log',
  tensor: undefined,
  pairs: undefined,
  region: undefined,
  run: undefined,
  sample: 0,
  row: undefined,
  texts: undefined,
  full: false,
  distributionScale: 'linear',
  seriesSort: { column: 'order', descending: false },
  checkpoint: undefined,
};

/** The state after a change: a region belongs to its tensor, a row to its sample. */
export function changed(state: State, change: Partial<State>): State {
  const next = { ...state, ...change };
  const otherTensor = next.tensor !== state.tensor && !('region' in change);
  const otherSample = next.sample !== state.sample && !('row' in change);
  return {
    ...next,
    ...(otherTensor && { region: undefined }),
    ...(otherSample && { row: undefined }),
  };
}

/** What a record allows; see {@link fitted}. */
export interface Bounds {
  readonly checkpoints: number;
  readonly pairs: number;
  /** Looked at when none was chosen. */
  readonly defaultTensor: number;
  /** Rows and columns of every tensor. */
  readonly shapes: readonly (readonly [rows: number, columns: number])[];
  /** Response rows of every sample; none without a calibration file. */
  readonly sampleRows: readonly number[];
}

/** The state as far as the record has what it names; the rest begins anew. */
export function fitted(state: State, { checkpoints, pairs, defaultTensor, shapes, sampleRows }: Bounds): State {
  const tensor = state.tensor !== undefined && state.tensor < shapes.length ? state.tensor : undefined;
  const [rows, columns] = shapes[tensor ?? defaultTensor] ?? [0, 0];
  const { region } = state;
  const sample = state.sample < sampleRows.length ? state.sample : 0;
  const shown = state.pairs?.filter((pair) => pair < pairs) ?? [];
  const texts = state.texts?.filter((checkpoint) => checkpoint < checkpoints) ?? [];
  return {
    ...state,
    tensor,
    region: region !== undefined && region.rowEnd <= rows && region.columnEnd <= columns ? region : undefined,
    pairs: shown.length > 0 ? shown : undefined,
    texts: texts.length > 0 ? texts : undefined,
    sample,
    row:
      state.row !== undefined && sample === state.sample && state.row < (sampleRows[sample] ?? 0)
        ? state.row
        : undefined,
    checkpoint: state.checkpoint !== undefined && state.checkpoint < checkpoints ? state.checkpoint : undefined,
  };
}

function oneOf<T extends string>(values: readonly T[], value: unknown, otherwise: T): T {
  return values.find((known) => known === value) ?? otherwise;
}

function index(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function indices(value: unknown): number[] | undefined {
  return Array.isArray(value) ? value.map(index).filter((each) => each !== undefined) : undefined;
}

function region(value: unknown): Region | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const from = value as { readonly [key in keyof Region]?: unknown };
  const [rowStart, rowEnd] = [index(from.rowStart), index(from.rowEnd)];
  const [columnStart, columnEnd] = [index(from.columnStart), index(from.columnEnd)];
  if (rowStart === undefined || rowEnd === undefined || rowStart >= rowEnd) return undefined;
  if (columnStart === undefined || columnEnd === undefined || columnStart >= columnEnd) return undefined;
  return { rowStart, rowEnd, columnStart, columnEnd };
}

function seriesSort(value: unknown): Sort<SeriesColumn> {
  const from = (typeof value === 'object' && value !== null ? value : {}) as { [key in keyof Sort<string>]?: unknown };
  return { column: oneOf(seriesColumns, from.column, 'order'), descending: from.descending === true };
}

/** The state that an earlier page saved; what is missing or was never valid begins anew. */
export function restored(saved: unknown): State {
  if (typeof saved !== 'object' || saved === null) return initialState;
  const from = saved as { readonly [key in keyof State]?: unknown };
  return {
    tab: oneOf(tabs, from.tab, initialState.tab),
    statistic: oneOf(statisticNames, from.statistic, initialState.statistic),
    mapScale: oneOf(scales, from.mapScale, initialState.mapScale),
    tensor: index(from.tensor),
    pairs: indices(from.pairs),
    region: region(from.region),
    run: typeof from.run === 'string' ? from.run : undefined,
    sample: index(from.sample) ?? 0,
    row: index(from.row),
    texts: indices(from.texts),
    full: from.full === true,
    distributionScale: oneOf(scales, from.distributionScale, initialState.distributionScale),
    seriesSort: seriesSort(from.seriesSort),
    checkpoint: index(from.checkpoint),
  };
}
