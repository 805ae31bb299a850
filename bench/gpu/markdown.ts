/** One cell of a Markdown table: a failure may carry any text. */
const cell = (text: string) => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');

export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

export const gigabytes = (bytes: number | undefined): string =>
  bytes === undefined ? 'unknown' : `${(bytes / 1e9).toFixed(2)} GB`;

/** Two decimals, which a second of a phase deserves; `–` where there is none. */
export const seconds = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} s`);

/** Small figures keep two significant digits: a GPU's and a slow processor's are four powers of ten apart. */
const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
export const teraflops = (perSecond: number): string => `${figure(perSecond / 1e12)} TFLOP/s`;
export const bandwidth = (perSecond: number): string => `${figure(perSecond / 1e9)} GB/s`;

export function percent(part: number | undefined, whole: number | undefined): string {
  return part === undefined || whole === undefined || whole === 0
    ? 'unknown'
    : `${((100 * part) / whole).toFixed(1)} %`;
}
