/* Collects the notes on rows that were cut or skipped while a calibration file was read. */

/** Rows of one kind that are named one by one; a large file may have thousands. */
const named = 10;

/** Sentences on what of a calibration file is cut or skipped. */
export class CalibrationNotes {
  readonly #cut: string[] = [];
  readonly #skipped: string[] = [];
  #cuts = 0;
  #skips = 0;

  /** How many rows are skipped. */
  get skips(): number {
    return this.#skips;
  }

  /** The end of a sample is not used. */
  cut(line: number, from: number, to: number, responses: number): void {
    const where = responses === 1 ? 'at the end of its response' : 'at its end';
    if (this.#cuts++ < named) this.#cut.push(`Line ${line} is cut from ${from} to ${to} tokens ${where}.`);
  }

  /** @param why completes "Line 3 is skipped: …" */
  skipped(line: number, why: string): void {
    if (this.#skips++ < named) this.#skipped.push(`Line ${line} is skipped: ${why}.`);
  }

  sentences(): string[] {
    return [
      ...this.#cut,
      ...more(this.#cuts - named, 'cut at its end', 'cut at their ends'),
      ...this.#skipped,
      ...more(this.#skips - named, 'skipped', 'skipped'),
    ];
  }
}

function more(count: number, one: string, many: string): string[] {
  if (count <= 0) return [];
  return [count === 1 ? `1 more line is ${one}.` : `${count.toLocaleString('en-US')} more lines are ${many}.`];
}
