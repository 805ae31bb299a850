import { z } from 'zod';
import type { ReadinessRecord, ReadinessRow } from '../record/readiness/readinessRecord.ts';

/*
 * The boundary between the readiness page and the extension host. The page gets the whole record at once and asks only for
 * files to be saved; the schemas guard the host.
 */

const position = z.int().nonnegative();

const requestSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('snapshot') }),
  z.strictObject({
    name: z.literal('export'),
    file: z.strictObject({
      name: z.string().regex(/^[\w.-]{1,120}\.(svg|png|csv)$/),
      bytes: z.instanceof(Uint8Array<ArrayBufferLike>),
    }),
  }),
]);
export type ReadinessRequest = z.infer<typeof requestSchema>;

const actionSchema = z.discriminatedUnion('name', [
  /** The record's file, or the folder of one row's checkpoint. */
  z.strictObject({ name: z.literal('reveal'), row: position.optional() }),
  z.strictObject({ name: z.literal('openAsText') }),
]);
export type ReadinessAction = z.infer<typeof actionSchema>;

export const readinessPageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request'), id: position, request: requestSchema }),
  z.strictObject({ type: z.literal('action'), action: actionSchema }),
]);
/** From the page to the host. */
export type ReadinessPageMessage = z.infer<typeof readinessPageMessageSchema>;

/** A row without the list of its checkpoint's files. Text in it is untrusted. */
export interface ShownRow extends Omit<ReadinessRow, 'checkpoint'> {
  /** Where the checkpoint lies; `null` where a server or a file gave the answers. */
  readonly folder: string | null;
  /** The training step that the folder's name tells. */
  readonly step: number | undefined;
}

/** A condition, with its words. */
export interface ShownCondition {
  /** `dead@8 at most 0.5`. */
  readonly label: string;
  /** What the measure is, and of what: sampled or teacher-forced, which lines. */
  readonly what: string;
  /** Where the bound comes from. Untrusted. */
  readonly source: string;
  /** What a figure of dead groups marks; undefined of other measures. */
  readonly deadGroup: { readonly group: number; readonly value: number } | undefined;
}

/** What the page shows of a record. Text in it is untrusted. */
export interface ReadinessSummary {
  /** Absolute path of the record, for display. */
  readonly path: string;
  readonly record: Pick<ReadinessRecord, 'created' | 'seconds' | 'entropyEdges' | 'sampling' | 'teacherForced'>;
  /** The base first, the others by their step where all of them have one. */
  readonly rows: readonly ShownRow[];
  readonly conditions: readonly ShownCondition[];
  /** What the numbers mean and do not mean. */
  readonly sentences: readonly string[];
  /** What others found, and where they disagree. */
  readonly literature: readonly string[];
}

export type ReadinessSnapshot =
  | { readonly type: 'readiness'; readonly revision: number; readonly summary: ReadinessSummary }
  /** The record cannot be shown; `message` says why and what to do. */
  | { readonly type: 'refused'; readonly revision: number; readonly message: string };

/** What each request is answered with. */
export interface ReadinessResults {
  readonly snapshot: ReadinessSnapshot;
  /** Name of the file written; undefined when the user closed the dialog. */
  readonly export: string | undefined;
}
export type ReadinessRequestName = keyof ReadinessResults;

/** From the host to the page. */
export type ReadinessHostMessage =
  | { readonly type: 'reply'; readonly id: number; readonly ok: ReadinessResults[ReadinessRequestName] }
  | { readonly type: 'reply'; readonly id: number; readonly err: string }
  /** The record changed: draw this instead. */
  | { readonly type: 'snapshot'; readonly snapshot: ReadinessSnapshot };
