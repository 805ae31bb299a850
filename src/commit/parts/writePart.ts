import { join } from 'node:path';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { Interrupted, RunError } from '../../errors.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { hashInput } from '../../files/reading/readInput.ts';
import { makeFolders, makeTemporaryFolder, removeTree, rename } from '../../files/writing/diskOperations.ts';
import { checkFreeSpace } from '../../files/writing/freeSpace.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { syncFolder } from '../../files/writing/syncFolder.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { CommitMeter } from '../commitMeter.ts';
import type { CommitOptions, CommittedFile } from '../commitOptions.ts';
import { type OutputShard, outputShards } from '../outputShards.ts';
import { checkTarget } from '../target.ts';
import { tensorResets } from '../tensorReset.ts';
import { WeightsWriter } from '../weights/weightsWriter.ts';
import { type CommitPart, filesOfPart, partName, receiptOf, writeReceipt } from './commitPart.ts';

/* Writes the weight files of one part of a commit into the folder that all parts share. */

export interface PartOptions extends Omit<CommitOptions, 'documents' | 'manifest' | 'hashing' | 'syncing'> {
  readonly part: CommitPart;
  /** Folder of the parts, absolute. */
  readonly folder: string;
  /** What decides the bytes, in few characters. */
  readonly pins: string;
}

/** What an attempt writes before it is whole. A folder's own, so that two attempts at a part do not meet. */
export const attemptPrefix = 'attempt-';

/**
 * Writes the part's files, one after the other: a process that is stopped loses the file at hand, and the same call goes on
 * with the next.
 *
 * @returns the part's files
 * @throws InputError when inputs cannot be read or the folder cannot be written, or holds another commit
 * @throws ChangedInput when an input changes meanwhile; RunError for a file that reads back otherwise; Interrupted on abort
 */
export async function writePart(options: PartOptions): Promise<readonly CommittedFile[]> {
  const { pair, part, folder, pins, dtype, out, overwrite, onProgress } = options;
  await checkTarget(out, pair, overwrite);
  const files = filesOfPart(await outputShards(pair.sft, dtype), part);
  try {
    await makeFolders(folder);
  } catch (error) {
    throw writeFault(error, folder);
  }
  const kept = new Map<string, CommittedFile>();
  for (const { source } of files) {
    const found = await receiptOf(folder, pins, source.name);
    if (found !== undefined) kept.set(source.name, found);
  }
  const left = files.filter(({ source }) => !kept.has(source.name));
  const bytes = left.reduce((sum, { byteLength }) => sum + byteLength, 0);
  await checkFreeSpace(join(folder, 'x'), bytes);
  for (const file of await writeFiles(options, left, new CommitMeter(bytes, onProgress))) kept.set(file.name, file);
  const whole = files.map(({ source }) => kept.get(source.name)!);
  await writeFileWhole(join(folder, partName(part)), Buffer.from(`${JSON.stringify({ pins, files: whole })}\n`), true);
  return whole;
}

async function writeFiles(
  { pair, alpha, resetSet, workers, folder, pins, signal }: PartOptions,
  files: readonly OutputShard[],
  meter: CommitMeter,
): Promise<readonly CommittedFile[]> {
  if (files.length === 0) return [];
  const attempt = makeAttempt(folder);
  const resets = tensorResets(pair, resetSet);
  const place = { path: attempt, target: folder };
  const common = { pair, alpha, resets, folder: place, workers, hashing: true, syncing: true, signal };
  const bytes = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  try {
    const weights = await WeightsWriter.open({ ...common, onWork: meter.worked }, bytes);
    try {
      const written: CommittedFile[] = [];
      for (const shard of files) {
        if (signal?.aborted) throw new Interrupted('Stopped.');
        const [file] = await weights.write([shard]);
        await weights.checkInputs();
        for (const side of [pair.base, pair.sft]) await checkUnchanged(side, 'while it was read');
        if (!weights.checksMeanwhile) await readBack(join(attempt, file!.name), file!, signal);
        await rename(join(attempt, file!.name), join(folder, file!.name)).catch((error: unknown) => {
          throw writeFault(error, join(folder, file!.name));
        });
        await syncFolder(folder);
        await writeReceipt(folder, pins, file!);
        written.push(file!);
      }
      return written;
    } finally {
      await weights.close();
    }
  } finally {
    // What cannot be deleted goes with the parts.
    await removeTree(attempt).catch(() => undefined);
  }
}

function makeAttempt(folder: string): string {
  try {
    return makeTemporaryFolder(join(folder, attemptPrefix));
  } catch (error) {
    throw writeFault(error, folder);
  }
}

async function readBack(path: string, { name, sha256 }: CommittedFile, signal: AbortSignal | undefined): Promise<void> {
  const found = await hashInput(path, inputKinds.weights, signal);
  if (found.sha256 === sha256) return;
  throw new RunError(`"${name}" read back from the disk is not what was written: check the disk and try again.`);
}
