import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { InputError } from '../errors.ts';
import { identityAt, isSame } from '../files/reading/fileIdentity.ts';
import { quotedPath } from '../files/reading/shown.ts';
import type { ComparisonSummary, TensorWindow } from '../protocol/comparison.ts';
import type { ComparedCheckpoint, ComparisonRecord } from '../record/comparison/comparisonRecord.ts';
import { maxWindowSide } from '../record/comparison/tensors/windowSide.ts';
import { changedFile, weightFiles } from './checkpoints/describeCheckpoint.ts';
import { cutWindow, readTensorWindow, type WindowBounds } from './weights/tensorWindow.ts';

/*
 * The checkpoints' files behind a comparison record: whether they are still there, and single elements read from them.
 */

/** A checkpoint of a record, opened, its files being those that were compared. */
async function openCompared(described: ComparedCheckpoint): Promise<Checkpoint> {
  if (described.mergedInto !== undefined) {
    throw new InputError(
      `${quotedPath(described.folder)} is a LoRA adapter, which was merged for the comparison alone: to look into its tensors, ` +
        'merge it with peft (merge_and_unload, save_pretrained) and compare the merged folder.',
    );
  }
  const checkpoint = await openCheckpoint(described.folder);
  const change = changedFile(described.files, await weightFiles(checkpoint));
  if (change === undefined) return checkpoint;
  throw new InputError(`${quotedPath(described.folder)} is not as it was compared (${change}): compare again.`);
}

/** Whether the files are those that were opened; cheap enough for every window. */
async function unchanged({ files }: Checkpoint): Promise<boolean> {
  for (const { path, identity } of files) {
    const now = await identityAt(path);
    if (now === undefined || !isSame(now, identity)) return false;
  }
  return true;
}

/** The checkpoints that a comparison record names, as far as their files are still there. */
export class ComparedFiles {
  readonly #record: ComparisonRecord;
  readonly #mayRead: (folder: string) => boolean;
  readonly #opened = new Map<number, Promise<Checkpoint>>();

  /** @param mayRead whether a folder may be looked at: a record may name any */
  constructor(record: ComparisonRecord, mayRead: (folder: string) => boolean) {
    this.#record = record;
    this.#mayRead = mayRead;
  }

  /**
   * A checkpoint by its position in the record.
   *
   * @throws InputError saying why its files cannot be used
   */
  async checkpoint(position: number): Promise<Checkpoint> {
    const described = this.#record.checkpoints[position];
    if (described === undefined) throw new RangeError(`The record has no checkpoint ${position}.`);
    if (!this.#mayRead(described.folder)) {
      throw new InputError(
        `${quotedPath(described.folder)} lies outside this workspace, which is not trusted: trust it to read the files.`,
      );
    }
    const known = this.#opened.get(position);
    if (known !== undefined && (await unchanged(await known))) return known;
    const opening = openCompared(described);
    this.#opened.set(position, opening);
    opening.catch(() => this.#opened.delete(position));
    return opening;
  }

  /** All checkpoints, in the record's order. @throws InputError saying why the files of one cannot be used */
  async all(): Promise<Checkpoint[]> {
    const checkpoints: Checkpoint[] = [];
    for (const position of this.#record.checkpoints.keys()) checkpoints.push(await this.checkpoint(position));
    return checkpoints;
  }

  /** For each checkpoint whether its files can be read, else why not. */
  states(): Promise<ComparisonSummary['files']> {
    return Promise.all(
      this.#record.checkpoints.map(async (_, position) => {
        try {
          await this.checkpoint(position);
          return { present: true, reason: '' };
        } catch (error) {
          return { present: false, reason: error instanceof Error ? error.message : String(error) };
        }
      }),
    );
  }

  /**
   * Elements of a window of a tensor on both sides of a pair, cut to the tensor and to {@link maxWindowSide}.
   *
   * @throws RangeError for a pair or tensor that is not there; InputError when the files cannot be used
   */
  async window(pair: number, tensor: number, bounds: WindowBounds): Promise<TensorWindow> {
    const sides = this.#record.pairs[pair];
    const described = this.#record.tensors[tensor];
    if (sides === undefined || described === undefined) {
      throw new RangeError(`The record has no tensor ${tensor} in pair ${pair}.`);
    }
    const { name, shape } = described;
    const { rowStart, rowEnd, columnStart, columnEnd } = cutWindow(shape, bounds);
    const cut = {
      rowStart,
      rowEnd: Math.min(rowEnd, rowStart + maxWindowSide),
      columnStart,
      columnEnd: Math.min(columnEnd, columnStart + maxWindowSide),
    };
    const reference = await readTensorWindow(await this.checkpoint(sides.reference), name, cut);
    const checkpoint = await readTensorWindow(await this.checkpoint(sides.checkpoint), name, cut);
    return {
      rowStart,
      columnStart,
      rows: cut.rowEnd - rowStart,
      columns: cut.columnEnd - columnStart,
      reference,
      checkpoint,
    };
  }
}
