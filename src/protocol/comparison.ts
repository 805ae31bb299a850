import { z } from 'zod';
import type { ComparisonRecord, DifferenceScalars } from '../record/comparison/comparisonRecord.ts';

/*
 * The boundary between the comparison's page and the extension host. The host owns the record and reads checkpoints on
 * demand; the page asks for what it draws. Every request is answered with `ok` or `err`. The page takes only types
 * from here; the schemas guard the host.
 */

const position = z.int().nonnegative();

const requestSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('snapshot') }),
  /** Map and profiles of one tensor in one pair, from the record. */
  z.strictObject({ name: z.literal('tensor'), pair: position, tensor: position }),
  /** Elements of a window of one tensor in one pair, read from the checkpoints' files. */
  z.strictObject({
    name: z.literal('window'),
    pair: position,
    tensor: position,
    rowStart: position,
    rowEnd: position,
    columnStart: position,
    columnEnd: position,
  }),
  /** The largest singular values of a matrix's change, computed from the checkpoints' files. Takes seconds. */
  z.strictObject({ name: z.literal('spectrum'), pair: position, tensor: position }),
  /** All response rows' measures of every checkpoint. */
  z.strictObject({ name: z.literal('rows') }),
  z.strictObject({ name: z.literal('sample'), index: position }),
  /** Next-token distributions at one logit row of a sample, of all checkpoints, by the engine. Takes seconds. */
  z.strictObject({ name: z.literal('distribution'), sample: position, row: position }),
  z.strictObject({
    name: z.literal('export'),
    file: z.strictObject({
      name: z.string().regex(/^[\w.-]{1,120}\.(svg|png|csv)$/),
      bytes: z.instanceof(Uint8Array<ArrayBufferLike>),
    }),
  }),
  z.strictObject({ name: z.literal('copy'), text: z.string().max(64e6) }),
]);
export type ComparisonRequest = z.infer<typeof requestSchema>;

const actionSchema = z.discriminatedUnion('name', [
  /** VS Code's diff editor on the text cards of a pair. */
  z.strictObject({ name: z.literal('compareCards'), pair: position }),
  /** Stops the engine's work on a distribution. */
  z.strictObject({ name: z.literal('cancelDistribution') }),
  /** Stops computing singular values. */
  z.strictObject({ name: z.literal('cancelSpectra') }),
  z.strictObject({ name: z.literal('reveal'), checkpoint: position.optional() }),
  z.strictObject({ name: z.literal('openAsText') }),
]);
export type ComparisonAction = z.infer<typeof actionSchema>;

export const comparisonPageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request'), id: position, request: requestSchema }),
  z.strictObject({ type: z.literal('action'), action: actionSchema }),
]);
/** From the page to the host. */
export type ComparisonPageMessage = z.infer<typeof comparisonPageMessageSchema>;

/** The record without token texts. Text in it is untrusted. */
export interface ComparisonSummary {
  /** Absolute path of the record's JSON half, for display. */
  readonly path: string;
  readonly record: Omit<ComparisonRecord, 'output'> & {
    readonly output?: Omit<NonNullable<ComparisonRecord['output']>, 'tokens'>;
  };
  /** Whether each checkpoint's files are there and as they were, so that zooming and distributions work; else why not. */
  readonly files: readonly { readonly present: boolean; readonly reason: string }[];
  /**
   * Reset sets of the workspace's runs whose base, SFT or committed checkpoints are among those compared: neurons of
   * each module at the run's rho, for marks along a tensor's axes.
   */
  readonly resetSets: readonly ResetMarks[];
}

export interface ResetMarks {
  /** The run record's name. Untrusted. */
  readonly run: string;
  readonly modules: readonly {
    readonly layer: number;
    /** The tensor, which may hold several projections, or one expert's: `model.layers.0.self_attn.qkv_proj.weight`. */
    readonly tensor: string;
    /** Rows (q, k, v, gate, up) or columns (o, down) of the weight, ascending. */
    readonly neurons: Uint32Array;
  }[];
}

export type ComparisonSnapshot =
  | { readonly type: 'comparison'; readonly revision: number; readonly summary: ComparisonSummary }
  /** The record cannot be shown; `message` says why and what to do. */
  | { readonly type: 'refused'; readonly revision: number; readonly message: string };

export interface TensorMaps {
  /** Norm of the change of each row and column. */
  readonly rowNorms: Float32Array;
  readonly columnNorms: Float32Array;
  /**
   * Largest `|delta|` in each cell, `[rows, columns]`, at most 256 × 256; cell `(i, j)` covers the tensor's rows
   * `floor(i·R/rows) … floor((i+1)·R/rows)` and columns likewise.
   */
  readonly map: { readonly rows: number; readonly columns: number; readonly values: Float32Array };
}

/** Elements as float32, `[rows, columns]` of the window asked for (cut to the tensor). */
export interface TensorWindow {
  readonly rowStart: number;
  readonly columnStart: number;
  readonly rows: number;
  readonly columns: number;
  readonly reference: Float32Array;
  readonly checkpoint: Float32Array;
}

/** One array a checkpoint, `[rows]` over all samples' response rows. */
export interface ComparisonRows {
  readonly entropy: readonly Float32Array[];
  readonly top1Probability: readonly Float32Array[];
  readonly negativeLogLikelihood: readonly Float32Array[];
}

export interface ComparisonSample {
  readonly index: number;
  /** `[tokens]`, prompt and response. */
  readonly ids: Int32Array;
  /** Display texts of `ids` and of every id in `topIds`, ascending by id. Untrusted. (A webview cannot be sent a Map.) */
  readonly tokens: { readonly ids: Int32Array; readonly texts: readonly string[] };
  /** One a checkpoint; R response rows, K tokens kept a row. */
  readonly measures: readonly {
    readonly entropy: Float32Array;
    readonly top1Probability: Float32Array;
    readonly negativeLogLikelihood: Float32Array;
    /** `[R, K]`, most likely first. */
    readonly topIds: Int32Array;
    readonly topProbabilities: Float32Array;
  }[];
}

/** Next-token distributions at one row: the tokens most likely under any checkpoint. */
export interface NextTokenDistributions {
  readonly sample: number;
  readonly row: number;
  /** Token ids, most likely under any checkpoint first. */
  readonly ids: Int32Array;
  readonly texts: readonly string[];
  /** `[checkpoints][ids]`, the full softmax's probabilities. */
  readonly probabilities: readonly Float32Array[];
  /** Nats, a checkpoint each. */
  readonly entropy: readonly number[];
  /** Gold next token. */
  readonly gold: number;
}

/** What each request is answered with. */
export interface ComparisonResults {
  readonly snapshot: ComparisonSnapshot;
  readonly tensor: TensorMaps;
  readonly window: TensorWindow;
  readonly spectrum: NonNullable<DifferenceScalars['spectrum']>;
  readonly rows: ComparisonRows;
  readonly sample: ComparisonSample;
  readonly distribution: NextTokenDistributions;
  /** Name of the file written; undefined when the user closed the dialog. */
  readonly export: string | undefined;
  readonly copy: undefined;
}
export type ComparisonRequestName = keyof ComparisonResults;

/** From the host to the page. */
export type ComparisonHostMessage =
  | { readonly type: 'reply'; readonly id: number; readonly ok: ComparisonResults[ComparisonRequestName] }
  | { readonly type: 'reply'; readonly id: number; readonly err: string }
  /** The record or the files beside it changed: draw this instead. */
  | { readonly type: 'snapshot'; readonly snapshot: ComparisonSnapshot };
