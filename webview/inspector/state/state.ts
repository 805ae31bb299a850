import { isOfExperts, type Projection, projections } from '../../../src/checkpoint/architecture/architecture.ts';
import type { Sort } from '../../page/sort.ts';

/*
 * What the page remembers across reloads: what is looked at, never what the record says. Pure, so that it is tested
 * without a browser.
 */

export const tabs = [
  'overview',
  'heatmap',
  'attribution',
  'overlap',
  'tokens',
  'entropy',
  'neuron',
  'logit',
  'sweep',
] as const;
export type Tab = (typeof tabs)[number];
/** Colours from 0 to the largest ratio shown, or to 100 %. */
export const heatScales = ['fit', 'full'] as const;
/** How modules are ranked; see moduleContribution.ts. */
export const moduleMeasures = ['resetScore', 'score', 'hits', 'ratio'] as const;
export type ModuleMeasure = (typeof moduleMeasures)[number];
export const neuronColumns = ['neuron', 'rank', 'hits', 'mean', 'max'] as const;
export type NeuronColumn = (typeof neuronColumns)[number];
export const wordMeasures = ['count', 'gap'] as const;
export type WordMeasure = (typeof wordMeasures)[number];
/** Targets by the words that their tokens are pieces of, or token by token. */
export const tokenGroupings = ['word', 'token'] as const;
export type TokenGrouping = (typeof tokenGroupings)[number];
/** Samples in the file's order, or by their mean gap at targets. */
export const sampleSorts = ['order', 'gap'] as const;
export const tokenColumns = ['text', 'id', 'count', 'gap'] as const;
export type TokenColumn = (typeof tokenColumns)[number];

/** Which logit the waterfall is of: the gold token's, the runner-up's, or the first less the second. */
export const logitSides = ['gold', 'runner', 'difference'] as const;
export type LogitSide = (typeof logitSides)[number];

/** Samples in the file's order, or so that those that select like neurons stand together. */
export const overlapOrders = ['file', 'similar'] as const;
/** Colours of the index, or of how far it lies above chance. */
export const overlapMeasures = ['jaccard', 'excess'] as const;
export const overlapColumns = ['sample', 'targets', 'neurons', 'mean'] as const;
export type OverlapColumn = (typeof overlapColumns)[number];

/** A figure of a point of a sweep; see sweepMeasures.ts. */
export const sweepMeasureNames = [
  'targetEntropy',
  'heldOutEntropy',
  'entropy',
  'heldOutLoss',
  'loss',
  'top1',
  'passAt1',
  'evaluatedPassAt1',
  'passAtK',
  'sampledEntropy',
  'neuronRatio',
] as const;
export type SweepMeasureName = (typeof sweepMeasureNames)[number];
export const tradeOffNames = ['teacherForced', 'sampled'] as const;
export const sweepColumns = ['alpha', 'rho', 'neurons', 'ratio', 'regained', 'paid', 'front'] as const;
export type SweepColumn = (typeof sweepColumns)[number];

export interface State {
  readonly tab: Tab;
  /** Undefined: the run's own; 0: fusion only. */
  readonly rho: number | undefined;
  readonly alpha: number | undefined;
  readonly layer: number | undefined;
  /** Only with a layer. */
  readonly projection: Projection | undefined;
  /** One of the layer's experts; only with a layer, and never with a projection that experts do not have for themselves. */
  readonly expert: number | undefined;
  /** The heatmap shows the experts of what is selected. */
  readonly unfolded: boolean;
  readonly heatScale: (typeof heatScales)[number];
  readonly moduleMeasure: ModuleMeasure;
  readonly neuronSort: Sort<NeuronColumn>;
  readonly wordMeasure: WordMeasure;
  readonly tokenSort: Sort<TokenColumn>;
  /** Token id that filters the entropy map. */
  readonly filterToken: number | undefined;
  /** Word that filters the entropy map; never with a token. */
  readonly filterWord: string | undefined;
  readonly tokenGrouping: TokenGrouping;
  readonly sample: number;
  readonly sampleSort: (typeof sampleSorts)[number];
  /** A token to be shown in the entropy map, once; the object is the wish. */
  readonly reveal: { readonly sample: number; readonly position: number } | undefined;
  /** A step to the next target of the entropy map, or to the one before, once. */
  readonly step: { readonly by: 1 | -1 } | undefined;
  /** Flat index of the neuron looked at; undefined: the first of the selected module by rank. */
  readonly neuron: number | undefined;
  /** Row `t` of the sample's logits that is explained; it predicts token `t + 1`. */
  readonly row: number | undefined;
  readonly logitSide: LogitSide;
  /** Neurons that a target selects, in the overlap; undefined: chosen for the record. */
  readonly overlapBudget: number | undefined;
  readonly overlapOrder: (typeof overlapOrders)[number];
  readonly overlapMeasure: (typeof overlapMeasures)[number];
  readonly overlapSort: Sort<OverlapColumn>;
  /** Positions of two samples whose overlap is looked at. */
  readonly overlapPair: readonly [number, number] | undefined;
  /** Names of the measured checkpoints in the entropy map; undefined: chosen for the record. */
  readonly shown: readonly string[] | undefined;
  /** Names of the checkpoints on the scatter's axes; undefined: chosen for the record. */
  readonly scatterX: string | undefined;
  readonly scatterY: string | undefined;
  /** Name of the sweep record that is shown; undefined: chosen for the run. */
  readonly sweep: string | undefined;
  readonly sweepMeasure: SweepMeasureName;
  /** Which points the sweep's heatmap is of; see sweepSets.ts. */
  readonly sweepKind: string;
  readonly tradeOff: (typeof tradeOffNames)[number];
  readonly sweepSort: Sort<SweepColumn>;
}

export const initialState: State = {
  tab: 'overview',
  rho: undefined,
  alpha: undefined,
  layer: undefined,
  projection: undefined,
  expert: undefined,
  unfolded: false,
  heatScale: 'fit',
  moduleMeasure: 'resetScore',
  neuronSort: { column: 'mean', descending: true },
  wordMeasure: 'count',
  tokenSort: { column: 'count', descending: true },
  filterToken: undefined,
  filterWord: undefined,
  tokenGrouping: 'word',
  sample: 0,
  sampleSort: 'order',
  reveal: undefined,
  step: undefined,
  neuron: undefined,
  row: undefined,
  logitSide: 'gold',
  overlapBudget: undefined,
  overlapOrder: 'similar',
  overlapMeasure: 'jaccard',
  overlapSort: { column: 'mean', descending: true },
  overlapPair: undefined,
  shown: undefined,
  scatterX: undefined,
  scatterY: undefined,
  sweep: undefined,
  sweepMeasure: 'targetEntropy',
  sweepKind: 'attribution',
  tradeOff: 'teacherForced',
  sweepSort: { column: 'regained', descending: true },
};

/**
 * The state after a change: a projection goes with its layer, and not without one; an expert goes with either; a row goes
 * with its sample, a neuron with its module and its expert.
 */
export function changed(state: State, change: Partial<State>): State {
  const moved = 'layer' in change || 'projection' in change;
  const next = {
    ...state,
    ...(change.sample !== undefined && change.sample !== state.sample ? { row: undefined } : {}),
    ...(moved ? { expert: undefined } : {}),
    ...(moved || 'expert' in change ? { neuron: undefined } : {}),
    ...change,
  };
  const orphan = next.layer === undefined || (change.layer !== undefined && !('projection' in change));
  const placed = orphan && next.projection !== undefined ? { ...next, projection: undefined } : next;
  return placed.expert === undefined || mayHaveExpert(placed) ? placed : { ...placed, expert: undefined };
}

/** Whether there can be experts where a state points. */
function mayHaveExpert({ layer, projection }: Pick<State, 'layer' | 'projection'>): boolean {
  return layer !== undefined && (projection === undefined || isOfExperts(projection));
}

/** What a record allows; see {@link fitted}. */
export interface Bounds {
  readonly rhoMax: number;
  readonly layers: number;
  /** Experts of a layer; 0 where it has a single feed-forward block. */
  readonly expertsAt: (layer: number) => number;
  readonly samples: number;
  readonly measurements: readonly string[];
}

/** The state as far as the record has what it names; the rest begins anew. */
export function fitted(state: State, { rhoMax, layers, expertsAt, samples, measurements }: Bounds): State {
  const known = (name: string | undefined) => (name !== undefined && measurements.includes(name) ? name : undefined);
  const { layer, expert } = state;
  return changed(state, {
    rho: state.rho === undefined ? undefined : Math.min(state.rho, rhoMax),
    ...(layer !== undefined && layer >= layers ? { layer: undefined } : {}),
    ...(layer !== undefined && expert !== undefined && expert >= expertsAt(layer) ? { expert: undefined } : {}),
    sample: state.sample < samples ? state.sample : 0,
    ...(state.overlapPair?.some((sample) => sample >= samples) ? { overlapPair: undefined } : {}),
    shown: state.shown?.filter((name) => measurements.includes(name)),
    scatterX: known(state.scatterX),
    scatterY: known(state.scatterY),
  });
}

function oneOf<T extends string>(values: readonly T[], value: unknown, otherwise: T): T {
  return values.find((known) => known === value) ?? otherwise;
}

function within(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}

function index(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? within(value, 0, Number.MAX_SAFE_INTEGER) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function sort<T extends string>(columns: readonly T[], value: unknown, otherwise: Sort<T>): Sort<T> {
  if (typeof value !== 'object' || value === null) return otherwise;
  const { column, descending } = value as { readonly column?: unknown; readonly descending?: unknown };
  const known = columns.find((name) => name === column);
  return known === undefined ? otherwise : { column: known, descending: descending === true };
}

function pair(value: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [a, b] = [index(value[0]), index(value[1])];
  return a === undefined || b === undefined ? undefined : [a, b];
}

/** The state that an earlier page saved; what is missing or was never valid begins anew. */
export function restored(saved: unknown): State {
  if (typeof saved !== 'object' || saved === null) return initialState;
  const from = saved as { readonly [key in keyof State]?: unknown };
  const layer = index(from.layer);
  const projection = layer === undefined ? undefined : projections.find((name) => name === from.projection);
  return {
    tab: oneOf(tabs, from.tab, initialState.tab),
    rho: within(from.rho, 0, 1),
    alpha: within(from.alpha, 0, 1),
    layer,
    projection,
    expert: mayHaveExpert({ layer, projection }) ? index(from.expert) : undefined,
    unfolded: from.unfolded === true,
    heatScale: oneOf(heatScales, from.heatScale, initialState.heatScale),
    moduleMeasure: oneOf(moduleMeasures, from.moduleMeasure, initialState.moduleMeasure),
    neuronSort: sort(neuronColumns, from.neuronSort, initialState.neuronSort),
    wordMeasure: oneOf(wordMeasures, from.wordMeasure, initialState.wordMeasure),
    tokenSort: sort(tokenColumns, from.tokenSort, initialState.tokenSort),
    filterToken: index(from.filterToken),
    filterWord: from.filterToken === undefined ? text(from.filterWord) : undefined,
    tokenGrouping: oneOf(tokenGroupings, from.tokenGrouping, initialState.tokenGrouping),
    sample: index(from.sample) ?? 0,
    sampleSort: oneOf(sampleSorts, from.sampleSort, initialState.sampleSort),
    reveal: undefined,
    step: undefined,
    neuron: index(from.neuron),
    row: index(from.row),
    logitSide: oneOf(logitSides, from.logitSide, initialState.logitSide),
    overlapBudget: index(from.overlapBudget),
    overlapOrder: oneOf(overlapOrders, from.overlapOrder, initialState.overlapOrder),
    overlapMeasure: oneOf(overlapMeasures, from.overlapMeasure, initialState.overlapMeasure),
    overlapSort: sort(overlapColumns, from.overlapSort, initialState.overlapSort),
    overlapPair: pair(from.overlapPair),
    shown: Array.isArray(from.shown) ? from.shown.filter((name) => typeof name === 'string') : undefined,
    scatterX: text(from.scatterX),
    scatterY: text(from.scatterY),
    sweep: text(from.sweep),
    sweepMeasure: oneOf(sweepMeasureNames, from.sweepMeasure, initialState.sweepMeasure),
    sweepKind: text(from.sweepKind) ?? initialState.sweepKind,
    tradeOff: oneOf(tradeOffNames, from.tradeOff, initialState.tradeOff),
    sweepSort: sort(sweepColumns, from.sweepSort, initialState.sweepSort),
  };
}
