/* Writes tables as CSV. */

export type CsvValue = string | number | boolean | undefined;

function cell(value: CsvValue): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  if (typeof value === 'boolean') return String(value);
  // A spreadsheet takes a cell that begins so for a formula.
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A table as CSV (RFC 4180: CRLF, quotes doubled). */
export function csv(head: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  const lines = [head.map(cell).join(',')];
  for (const row of rows) lines.push(row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}
