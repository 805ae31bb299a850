import { z } from 'zod';
import { projections } from '../checkpoint/architecture/architecture.ts';
import type { NeuronArray } from '../record/run/recordArrays.ts';
import type { RunRecord } from '../record/run/runRecord.ts';
import type { TokenCount } from '../record/run/selectedTokens.ts';
import { mostContexts } from '../record/run/targets/mostContexts.ts';
import type { SamplesOverlap } from '../record/run/targets/samplesOverlap.ts';
import type { TargetContext } from '../record/run/targets/targetContexts.ts';
import type { TargetWords } from '../record/run/targets/targetWords.ts';
import type { RunSweep } from '../record/sweep/sweepFile.ts';
import type { MeasuredPoint, SweepRecord } from '../record/sweep/sweepRecord.ts';
import type { Explanation, NeuronDetail, NeuronDrift, TargetDetail, WrittenTokens } from './explanation.ts';

/*
 * The boundary between the inspector's page and the extension host. The host owns the record; the page asks for the
 * parts it draws. Every request is answered with `ok` or `err`. The page takes only types from here; the schemas guard
 * the host, for whom a page that shows untrusted text is untrusted too.
 */

/** What the page points at: a layer, a module of a layer, or nothing. */
const selectionSchema = z.strictObject({
  layer: z.int().nonnegative().optional(),
  projection: z.enum(projections).optional(),
});
export type InspectorSelection = z.infer<typeof selectionSchema>;

const neuronArrays = ['best_rank', 'mean_score', 'max_score', 'hits'] as const satisfies readonly NeuronArray[];

/** A figure's file as the page made it. */
const exportSchema = z.strictObject({
  /** Without folder; the user confirms it in a dialog. */
  name: z.string().regex(/^[\w.-]{1,120}\.(svg|png|csv)$/),
  bytes: z.instanceof(Uint8Array<ArrayBufferLike>),
});

const requestSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('snapshot') }),
  z.strictObject({ name: z.literal('neurons'), array: z.enum(neuronArrays) }),
  z.strictObject({ name: z.literal('tokens') }),
  z.strictObject({ name: z.literal('rows') }),
  z.strictObject({ name: z.literal('sample'), index: z.int().nonnegative() }),
  z.strictObject({ name: z.literal('contexts'), targets: z.array(z.int().nonnegative()).max(mostContexts) }),
  z.strictObject({ name: z.literal('excerpts') }),
  z.strictObject({ name: z.literal('search'), text: z.string().max(1000) }),
  /** How far samples select the same neurons, where each target selects so many. */
  z.strictObject({ name: z.literal('overlap'), budget: z.int().positive() }),
  z.strictObject({ name: z.literal('measured') }),
  /** Of one neuron, by its flat index: what the record says, how far it moved, which tokens it writes. */
  z.strictObject({ name: z.literal('neuron'), neuron: z.int().nonnegative() }),
  z.strictObject({ name: z.literal('neuronDrift'), neuron: z.int().nonnegative() }),
  z.strictObject({ name: z.literal('neuronTokens'), neuron: z.int().nonnegative() }),
  /** What the record keeps of a target; why a token has its logit, by the engine. Row `t` predicts token `t + 1`. */
  z.strictObject({ name: z.literal('target'), sample: z.int().nonnegative(), row: z.int().nonnegative() }),
  z.strictObject({ name: z.literal('explain'), sample: z.int().nonnegative(), row: z.int().nonnegative() }),
  z.strictObject({ name: z.literal('export'), file: exportSchema }),
  z.strictObject({ name: z.literal('copy'), text: z.string().max(64e6) }),
]);

const actionSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('commit'),
    rho: z.number().min(0).max(1),
    alpha: z.number().min(0).max(1),
  }),
  z.strictObject({ name: z.literal('verify') }),
  /** Measures what a commit would give, without one. */
  z.strictObject({
    name: z.literal('measure'),
    rho: z.number().min(0).max(1),
    alpha: z.number().min(0).max(1),
  }),
  z.strictObject({ name: z.literal('sweep') }),
  /** Stops what measures. */
  z.strictObject({ name: z.literal('cancel') }),
  /** The record, or the checkpoint written from it at a position of `checkpoints`. */
  z.strictObject({ name: z.literal('reveal'), checkpoint: z.int().nonnegative().optional() }),
  z.strictObject({ name: z.literal('openAsText') }),
]);
export type InspectorAction = z.infer<typeof actionSchema>;

/** What the page shows: what commands of the host begin from. */
const shownSchema = z.strictObject({
  rho: z.number().min(0).max(1),
  /** Largest rho that can be set. */
  rhoLimit: z.number().min(0).max(1),
  alpha: z.number().min(0).max(1),
  /** Share of all neurons that this rho resets; undefined while it is not known. */
  neuronRatio: z.number().min(0).max(1).optional(),
  /** Figures of the view that is shown. */
  figures: z.array(z.strictObject({ name: z.string().max(100), title: z.string().max(200) })).max(50),
});
export type InspectorShown = z.infer<typeof shownSchema>;

export const pageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request'), id: z.int().nonnegative(), request: requestSchema }),
  z.strictObject({ type: z.literal('select'), selection: selectionSchema }),
  z.strictObject({ type: z.literal('action'), action: actionSchema }),
  z.strictObject({ type: z.literal('shown'), shown: shownSchema }),
]);

/** From the page to the host. */
export type PageMessage = z.infer<typeof pageMessageSchema>;
export type InspectorRequest = z.infer<typeof requestSchema>;

/** The record without its bulk. Text in it is untrusted. */
export type RecordSummary = Omit<RunRecord, 'tokens'> & {
  /** Absolute path of the record's JSON half, for display. */
  readonly path: string;
};

/** Everything a page needs to draw from nothing. */
export type InspectorSnapshot =
  | {
      readonly type: 'record';
      /** Grows with every reload of the file. */
      readonly revision: number;
      readonly record: RecordSummary;
      /** Asked for while the page was not there to hear it. */
      readonly selection?: InspectorSelection;
    }
  /** The record cannot be shown; `message` says why and what to do. */
  | { readonly type: 'refused'; readonly revision: number; readonly message: string };

/** Display texts of token ids, and the selected tokens. Texts are untrusted. */
export interface TokenTable {
  /** Ascending. */
  readonly ids: Int32Array;
  readonly texts: readonly string[];
  readonly selected: readonly TokenCount[];
  /** Gold token of every target, `[targets]`. */
  readonly targetGold: Int32Array;
  /** The words that the gold tokens are pieces of. */
  readonly words: TargetWords['words'];
  /** Position in `words` of every target's, `[targets]`. */
  readonly targetWord: Int32Array;
  /** Entropy gap at every target, nats, `[targets]`. */
  readonly targetGap: Float32Array;
}

/** Entropies (nats) of every response row, one array `[rows]` a measurement, and which rows are targets. */
export interface RowTable {
  readonly entropy: readonly Float32Array[];
  readonly top1Probability: readonly Float32Array[];
  /** Positions among the rows, ascending, `[targets]`. */
  readonly targetRows: Uint32Array;
}

/** One checkpoint's measures of one sample; R response rows, K tokens kept a row. */
export interface SampleMeasure {
  /** `[R]`, nats. */
  readonly entropy: Float32Array;
  readonly top1Probability: Float32Array;
  readonly negativeLogLikelihood: Float32Array;
  /** `[R, K]`, most likely first. */
  readonly topIds: Int32Array;
  readonly topProbabilities: Float32Array;
}

/** One calibration text as teacher-forced. */
export interface SampleDetail {
  readonly index: number;
  /** `[tokens]`, prompt and response. */
  readonly ids: Int32Array;
  /** Logit rows `t` of the targets, ascending; row `t` predicts token `t + 1`. */
  readonly targetRows: Int32Array;
  /** In the order of the record's measurements. */
  readonly measures: readonly SampleMeasure[];
}

/** A measuring of the run that goes on. */
export interface MeasuringJob {
  /** The point that is measured; undefined: a sweep. */
  readonly at?: { readonly rho: number; readonly alpha: number } | undefined;
  /** How far it is, for people. */
  readonly text: string;
  /** Share that is done, 0…1, where it is known. */
  readonly fraction?: number | undefined;
}

/** What was measured of the run without a commit. Texts are untrusted. */
export interface Measured {
  readonly sweeps: readonly RunSweep[];
  /** Points measured since the window opened, those of a sweep that goes on included; the latest last. */
  readonly points: readonly MeasuredPoint[];
  /** What the anchors of these points are positions in. */
  readonly anchors: SweepRecord['anchors'];
  readonly job: MeasuringJob | undefined;
  /** Why a sweep record beside the run is not shown. */
  readonly notes: readonly string[];
}

/** What each request is answered with. */
export interface InspectorResults {
  readonly snapshot: InspectorSnapshot;
  /** All neurons, flat order (layer, then q k v o gate up down, then neuron). */
  readonly neurons: Int32Array | Float32Array;
  readonly tokens: TokenTable;
  readonly rows: RowTable;
  readonly sample: SampleDetail;
  readonly contexts: readonly TargetContext[];
  /** How each sample begins. Untrusted. */
  readonly excerpts: readonly string[];
  /** Positions of the samples that contain the text, ascending. */
  readonly search: readonly number[];
  readonly overlap: SamplesOverlap;
  readonly measured: Measured;
  readonly neuron: NeuronDetail;
  readonly neuronDrift: NeuronDrift;
  readonly neuronTokens: WrittenTokens;
  /** Undefined where the row is no target, or the record keeps nothing of single ones. */
  readonly target: TargetDetail | undefined;
  readonly explain: Explanation;
  /** Name of the file written; undefined when the user closed the dialog. */
  readonly export: string | undefined;
  readonly copy: undefined;
}
export type RequestName = keyof InspectorResults;

/** From the host to the page. */
export type HostMessage =
  | { readonly type: 'reply'; readonly id: number; readonly ok: InspectorResults[RequestName] }
  | { readonly type: 'reply'; readonly id: number; readonly err: string }
  /** The record changed on disk (or could no longer be read): draw this instead. */
  | { readonly type: 'snapshot'; readonly snapshot: InspectorSnapshot }
  | { readonly type: 'select'; readonly selection: InspectorSelection }
  | { readonly type: 'command'; readonly command: InspectorCommand }
  /** Sweep records beside the run record changed: ask anew. */
  | { readonly type: 'sweepsChanged' }
  | { readonly type: 'job'; readonly job: MeasuringJob | undefined }
  /** A point was measured; `anchors` are those of all points of this window so far. */
  | { readonly type: 'point'; readonly point: MeasuredPoint; readonly anchors: SweepRecord['anchors'] };

/** What a command of VS Code has the page do. */
export type InspectorCommand =
  /** Shows a tab. */
  | { readonly name: 'show'; readonly tab: string }
  /** Goes to the next target of the entropy map, or to the one before. */
  | { readonly name: 'target'; readonly step: 1 | -1 }
  | { readonly name: 'set'; readonly rho?: number; readonly alpha?: number }
  /** Saves a figure of the view that is shown. */
  | { readonly name: 'export'; readonly figure: string; readonly format: 'svg' | 'png' | 'csv' };
