import { Lowest } from './lowest.ts';
import type { Row, RowFile, RowPlace } from './row.ts';
import { rowPriority } from './rowPriority.ts';

/* Draws rows evenly out of files of any size: one pass finds where they lie, and only those drawn are read. */

export interface DrawOptions {
  /** How many rows are wanted; 0: all. */
  readonly samples: number;
  /** Another draws others; whole number from 0 to 2^53 - 1. */
  readonly seed: number;
}

/** Hears how the work goes. */
export interface DrawProgress {
  /** Bytes that the next part of the work goes through. */
  start(bytes: number): void;
  /** So many of them are done. */
  reach(bytes: number): void;
}

/** How many rows there are, and how many of them were read. */
export interface Drawn {
  readonly rows: number;
  readonly read: number;
}

interface Candidate extends RowPlace {
  /** Its priority. */
  readonly rank: number;
  readonly file: number;
  /** Among the rows of all files. */
  readonly position: number;
}

interface Scanned {
  readonly rows: number;
  /** The next to be drawn, in the order in which they are. */
  readonly candidates: readonly Candidate[];
}

/** Makes of a row what is kept of it; undefined: it cannot be used. */
export type UseRow<Kept> = (row: Row) => Kept | undefined | Promise<Kept | undefined>;

/** Whole files of any size are passed over, so each pass keeps some more than are wanted: some rows cannot be used. */
const kept = (samples: number) => 2 * samples + 64;

/**
 * Rows that can be used: all, or as many as are wanted, drawn evenly over all files. A row that cannot be is replaced by the
 * next that is drawn, as long as there is one. Which are drawn depends on the seed and on how many rows there are before each.
 *
 * @returns what was made of the rows, in the files' order
 * @throws InputError when a container is broken, and what `use` throws
 */
export async function* drawRows<Kept>(
  files: readonly RowFile[],
  { samples, seed }: DrawOptions,
  use: UseRow<Kept>,
  progress: DrawProgress,
): AsyncGenerator<Kept, Drawn> {
  if (samples === 0) return yield* useAll(files, use, progress);
  let scanned = await scan(files, seed, kept(samples), -1, progress);
  const { rows } = scanned;
  const found: { readonly position: number; readonly kept: Kept }[] = [];
  let next = 0;
  let read = 0;
  while (found.length < samples && read < rows) {
    if (next === scanned.candidates.length) {
      scanned = await scan(files, seed, kept(samples), scanned.candidates.at(-1)!.rank, progress);
      next = 0;
      // Only a file that changes meanwhile has fewer rows than before; that is said when it is closed.
      if (scanned.candidates.length === 0) break;
    }
    const round = scanned.candidates.slice(next, next + samples - found.length);
    next += round.length;
    read += round.length;
    round.sort((a, b) => a.position - b.position);
    progress.start(round.reduce((sum, { bytes }) => sum + bytes + 1, 0));
    for (const [index, file] of files.entries()) {
      const places = round.filter((place) => place.file === index);
      if (places.length === 0) continue;
      let taken = 0;
      for await (const row of file.read(places)) {
        const made = await use(row);
        if (made !== undefined) found.push({ position: places[taken]!.position, kept: made });
        taken++;
      }
    }
  }
  found.sort((a, b) => a.position - b.position);
  for (const each of found) yield each.kept;
  return { rows, read };
}

async function* useAll<Kept>(
  files: readonly RowFile[],
  use: UseRow<Kept>,
  progress: DrawProgress,
): AsyncGenerator<Kept, Drawn> {
  let rows = 0;
  progress.start(files.reduce((sum, { byteLength }) => sum + byteLength, 0));
  for (const file of files) {
    for await (const row of file.readAll()) {
      rows++;
      const made = await use(row);
      if (made !== undefined) yield made;
    }
  }
  return { rows, read: rows };
}

/** @param above the rank up to which rows have been drawn */
async function scan(
  files: readonly RowFile[],
  seed: number,
  most: number,
  above: number,
  progress: DrawProgress,
): Promise<Scanned> {
  const priority = rowPriority(seed);
  const lowest = new Lowest<Candidate>(most);
  let position = 0;
  let done = 0;
  progress.start(files.reduce((sum, { byteLength }) => sum + byteLength, 0));
  for (const [index, file] of files.entries()) {
    await file.scan(
      (number, start, bytes) => {
        const rank = priority(position);
        // Equal ranks do not occur among fewer than some millions of rows, and cost one of two rows where they do.
        if (rank > above && rank < lowest.limit) lowest.add({ rank, file: index, position, number, start, bytes });
        position++;
      },
      (bytes) => progress.reach(done + bytes),
    );
    done += file.byteLength;
  }
  return { rows: position, candidates: lowest.sorted() };
}
