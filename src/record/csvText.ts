/* Tables as CSV (RFC 4180), numbers with all their digits. */

/** Nothing, and a number that is none, stand as an empty cell. */
export type CsvCell = string | number | boolean | null | undefined;

/** Text that a spreadsheet would take for a formula is led by an apostrophe. */
function cell(value: CsvCell): string {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param rows the heads first */
export function csvText(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
