/** A file's table: rows of cells; quoting is the business of test/unit/webview/figures/csv.test.ts. */
export function table(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
}
