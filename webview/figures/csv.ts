import { type CsvCell, csvText } from '../../src/record/csvText.ts';

/* Writes tables as CSV. */

/** A table as CSV (RFC 4180: CRLF, quotes doubled). */
export function csv(head: readonly string[], rows: Iterable<readonly CsvCell[]>): string {
  return csvText([head, ...rows]);
}
