/* Collects the notes on lines that were cut or skipped while a calibration file was read. */

/** Lines of one kind that are named one by one; a large file may have thousands. */
const named = 10;

/** Sentences on what of a calibration file is cut or skipped. */
export class CalibrationNotes {
  readonly #cut: string[] = [];
  readonly #skipped: string[] = [];
  #moreCut = 0;
  #moreSkipped = 0;

  /** The end of a response is not used. */
  cut(line: number, from: number, to: number): void {
    if (this.#cut.length === named) this.#moreCut++;
    else this.#cut.push(`Line ${line} is cut from ${from} to ${to} tokens at the end of its response.`);
  }

  /** @param why completes "Line 3 is skipped: …" */
  skipped(line: number, why: string): void {
    if (this.#skipped.length === named) this.#moreSkipped++;
    else this.#skipped.push(`Line ${line} is skipped: ${why}.`);
  }

  sentences(): string[] {
    return [
      ...this.#cut,
      ...more(this.#moreCut, 'cut at the end of its response', 'cut at the end of their responses'),
      ...this.#skipped,
      ...more(this.#moreSkipped, 'skipped', 'skipped'),
    ];
  }
}

function more(count: number, one: string, many: string): string[] {
  if (count === 0) return [];
  return [count === 1 ? `1 more line is ${one}.` : `${count.toLocaleString('en-US')} more lines are ${many}.`];
}
