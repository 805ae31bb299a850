import { cut } from '../files/reading/shown.ts';
import { shownJsonLine } from '../files/reading/shownJson.ts';

/* Cuts long lists into pages that a context holds, and keeps what is printed in them short. */

/** Longest text of somebody else's in an answer, characters. */
const longestText = 200;

/** A page of some part of a record. */
export interface Page<Row> {
  /** Rows of all pages. */
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly Row[];
  /** Where the next page begins; null after the last. */
  readonly next_offset: number | null;
}

/** Untrusted text, cut so that its JSON is short too: what is escaped takes six characters. */
export function text(value: string): string {
  for (let most = longestText; ; most = Math.floor(most / 2)) {
    const shown = cut(value, most);
    if (shownJsonLine(shown).length <= 1.25 * longestText) return shown;
  }
}

/** Measured figures with six digits: what a table shows, in half the characters. */
export function figure(value: number): number;
export function figure(value: number | null | undefined): number | null;
export function figure(value: number | null | undefined): number | null {
  return value === undefined || value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(6));
}

/**
 * As many rows as fit, at least one, so that whoever pages comes to the end.
 *
 * @param row makes the row at a position, from 0
 * @param room characters of JSON for the rows
 */
export function page<Row>(total: number, offset: number, room: number, row: (position: number) => Row): Page<Row> {
  const rows: Row[] = [];
  let used = 2;
  for (let position = offset; position < total; position++) {
    const next = row(position);
    used += shownJsonLine(next).length + 1;
    if (used > room && rows.length > 0) break;
    rows.push(next);
  }
  const end = offset + rows.length;
  return { total, offset, rows, next_offset: end < total ? end : null };
}
