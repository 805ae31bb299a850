import type { RunRecord } from '../record/run/runRecord.ts';

/* What a report holds for its page: the record it was made of, and where its parts stand in the HTML. */

/** Ids of the elements with the report's data. */
export const reportParts = { record: 'report-record', arrays: 'report-arrays' } as const;

/**
 * The JSON of a report. Its arrays are all of the record's in the order of `recordArraySpecs`, each by byte planes, as one
 * deflate stream in base64.
 */
export interface ReportContent {
  /** The record's file name, without folders. Untrusted. */
  readonly path: string;
  /** Paths in it are file names. Texts are untrusted; without text they are left out. */
  readonly record: RunRecord;
}
