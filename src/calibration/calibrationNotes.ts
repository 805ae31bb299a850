import { shown, shownCount } from '../files/reading/shown.ts';
import { fileNames } from './files/calibrationFiles.ts';
import type { Drawn, DrawOptions } from './rows/drawRows.ts';
import type { Row, RowUnit } from './rows/row.ts';

/* Collects the notes on rows that were drawn, cut or skipped while calibration files were read. */

/** Rows of one kind that are named one by one; a large file may have thousands. */
const named = 10;

/** A row, and the sentence on it. */
interface Note {
  readonly file: number;
  readonly number: number;
  readonly sentence: string;
}

/** The notes of one kind on the first rows, whatever the order in which they come; the others are counted. */
class FirstNotes {
  readonly #first: Note[] = [];
  #count = 0;

  add(note: Note): void {
    this.#count++;
    const first = this.#first;
    let at = first.length;
    while (at > 0 && isBefore(note, first[at - 1]!)) at--;
    first.splice(at, 0, note);
    if (first.length > named) first.pop();
  }

  get count(): number {
    return this.#count;
  }

  sentences(unit: RowUnit, one: string, many: string): string[] {
    const more = this.#count - this.#first.length;
    const sentences = this.#first.map(({ sentence }) => sentence);
    if (more > 0) sentences.push(`${shownCount(more, `more ${unit}`)} ${more === 1 ? `is ${one}` : `are ${many}`}.`);
    return sentences;
  }
}

function isBefore(one: Note, other: Note): boolean {
  return one.file < other.file || (one.file === other.file && one.number < other.number);
}

/** Sentences on what of calibration files is drawn, cut or skipped. */
export class CalibrationNotes {
  readonly #names: readonly string[];
  readonly #cut = new FirstNotes();
  readonly #skipped = new FirstNotes();
  #unit: RowUnit = 'line';
  #drawn: string[] = [];
  readonly #empty: string[] = [];

  /** @param paths of the files that are read */
  constructor(paths: readonly string[]) {
    this.#names = fileNames(paths);
  }

  /** How many rows are skipped. */
  get skips(): number {
    return this.#skipped.count;
  }

  /** The end of a sample is not used. */
  cut(row: Row, from: number, to: number, responses: number): void {
    const where = responses === 1 ? 'at the end of its response' : 'at its end';
    this.#add(this.#cut, row, `is cut from ${from} to ${to} tokens ${where}`);
  }

  /** @param why completes "Line 3 is skipped: …" */
  skipped(row: Row, why: string): void {
    this.#add(this.#skipped, row, `is skipped: ${why}`);
  }

  /** A file has no rows; for several files. */
  empty(file: number): void {
    this.#empty.push(`${shown(this.#names[file]!)} has no rows.`);
  }

  /** Not all rows are used. @param used samples that were made of them */
  drawn({ rows, read }: Drawn, used: number, { samples, seed }: DrawOptions): void {
    if (samples === 0 || rows <= samples) return;
    const where = this.#names.length === 1 ? 'The file has' : `The ${this.#names.length} files have`;
    const skipped = this.#skipped.count;
    const drawn = skipped === 0 ? shownCount(used) : `${shownCount(used)} of ${shownCount(read)}`;
    const instead = skipped === 0 ? '' : `, ${shownCount(skipped)} of those drawn being skipped for others`;
    this.#drawn = [`${where} ${shownCount(rows)} rows; ${drawn} drawn by seed ${seed} are used${instead}.`];
  }

  sentences(): string[] {
    return [
      ...this.#empty,
      ...this.#drawn,
      ...this.#cut.sentences(this.#unit, 'cut at its end', 'cut at their ends'),
      ...this.skippedSentences(),
    ];
  }

  skippedSentences(): string[] {
    return this.#skipped.sentences(this.#unit, 'skipped', 'skipped');
  }

  #add(notes: FirstNotes, { file, number, unit }: Row, what: string): void {
    this.#unit = unit;
    const of = this.#names.length === 1 ? '' : ` of ${shown(this.#names[file]!)}`;
    const subject = `${unit[0]!.toUpperCase()}${unit.slice(1)} ${number}${of}`;
    notes.add({ file, number, sentence: `${subject} ${what}.` });
  }
}
