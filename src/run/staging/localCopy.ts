import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Interrupted } from '../../errors.ts';
import { Lock } from '../../files/locks/lock.ts';
import { ChangedInput, type FileIdentity, identityOf, isOther } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { identityOfHandle, openInput } from '../../files/reading/openInput.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { asidesOf } from '../../files/writing/aside.ts';
import { removeTree } from '../../files/writing/diskOperations.ts';
import { removeStagedFiles, StagedFile, writeFileWhole } from '../../files/writing/stagedFile.ts';

/*
 * One file of a checkpoint on the node's own disk. The copy gets its name in one step when it is whole, and a note beside
 * the folder says which original it is of, and what the copy itself is: any difference from either has it copied anew. One
 * process copies a file; its lock is taken over when it is no more.
 */

/** A file to be copied, and where to. */
export interface LocalCopy {
  /** Absolute. */
  readonly original: string;
  /** The original as its checkpoint was opened. */
  readonly identity: FileIdentity;
  /** Absolute. */
  readonly copy: string;
  /** The note's and the lock's path, without their ends; absolute. */
  readonly note: string;
}

const kind = { what: 'a note of a local copy', maxBytes: 20e3 };
const sideSchema = z.object({ inode: z.string(), bytes: z.number(), modified: z.string() });
const noteSchema = z.object({ original: sideSchema.extend({ path: z.string() }), copy: sideSchema });

/** What one read and one write take. */
const chunkBytes = 8 * 2 ** 20;

const notePath = ({ note }: LocalCopy) => `${note}.json`;
const sideOf = ({ inode, bytes, modified }: FileIdentity) => ({ inode, bytes, modified });

/** What the copy is now; undefined where there is no plain file. */
async function copyNow(path: string): Promise<FileIdentity | undefined> {
  const info = await lstat(path, { bigint: true }).catch(() => undefined);
  return info?.isFile() ? identityOf(info) : undefined;
}

/** Whether the copy is whole, and of this original. */
export async function isWhole(file: LocalCopy): Promise<boolean> {
  const now = await copyNow(file.copy);
  if (now === undefined || now.bytes !== file.identity.bytes) return false;
  try {
    const { original, copy } = noteSchema.parse(JSON.parse(await readTextFile(notePath(file), kind)));
    const same = (one: z.infer<typeof sideSchema>, other: FileIdentity) =>
      one.inode === other.inode && one.bytes === other.bytes && one.modified === other.modified;
    return original.path === file.original && same(original, file.identity) && same(copy, now);
  } catch {
    // None, or none of ours.
    return false;
  }
}

/** Bytes that processes at work have copied of it, and has not got its name yet. */
export async function bytesUnderWay({ copy }: LocalCopy): Promise<number> {
  const sizes = (await asidesOf(copy, 'file')).map(async ({ path, abandoned }) =>
    abandoned ? 0 : Number((await lstat(path).catch(() => undefined))?.size ?? 0),
  );
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

/** Deletes what killed processes left of it. */
export async function clearLeftovers({ copy }: LocalCopy): Promise<void> {
  await removeStagedFiles(copy);
}

/**
 * Copies the file, unless that is done or another process is at it.
 *
 * @returns `busy` for the latter
 * @throws InputError when it cannot be read or written; ChangedInput when the original is another by now; Interrupted
 */
export async function takeCopy(file: LocalCopy, signal: AbortSignal): Promise<'whole' | 'copied' | 'busy'> {
  if (await isWhole(file)) return 'whole';
  const lock = await Lock.tryAcquire(`${file.note}.lock`, {
    ...{ what: `The local copy "${file.copy}"`, work: 'another process', long: true },
  });
  if (lock === undefined) return 'busy';
  try {
    if (await isWhole(file)) return 'whole';
    await clearLeftovers(file);
    // An old one takes room, and what has the name but is no copy is nobody's: the folder is ours.
    await removeTree(notePath(file));
    await removeTree(file.copy);
    await copyNew(file, signal);
    return 'copied';
  } finally {
    await lock.release();
  }
}

async function copyNew(file: LocalCopy, signal: AbortSignal): Promise<void> {
  const { original, identity, copy } = file;
  const { handle, identity: opened } = await openInput(original, inputKinds.weights);
  let staged: StagedFile | undefined;
  try {
    if (isOther(opened, identity)) throw new ChangedInput(original, 'before it was copied');
    staged = await StagedFile.create(copy);
    const buffers = [new Uint8Array(chunkBytes), new Uint8Array(chunkBytes)] as const;
    // One is read while the other is written.
    let writing: Promise<void> = Promise.resolve();
    for (let position = 0, turn = 0; position < identity.bytes; turn ^= 1) {
      if (signal.aborted) throw new Interrupted('Stopped while a checkpoint was copied.');
      const { bytesRead } = await handle.read(buffers[turn as 0 | 1], 0, chunkBytes, position);
      if (bytesRead === 0) break;
      await writing;
      writing = staged.writeSoon(buffers[turn as 0 | 1].subarray(0, bytesRead), position);
      // It is waited for in the next round; until then nobody else hears of it.
      writing.catch(() => undefined);
      position += bytesRead;
    }
    await writing;
    if (isOther(await identityOfHandle(handle), identity)) throw new ChangedInput(original, 'while it was copied');
    await staged.publish(true);
  } finally {
    await staged?.discard();
    await handle.close();
  }
  const made = await copyNow(copy);
  if (made === undefined || made.bytes !== identity.bytes) throw new ChangedInput(copy, 'while it was made');
  const note = { original: { path: original, ...sideOf(identity) }, copy: sideOf(made) };
  await writeFileWhole(notePath(file), Buffer.from(`${JSON.stringify(note)}\n`), true);
}

/** The copies of a checkpoint's files. @param folder of the copies @param notes of their notes */
export function localCopies(
  files: readonly { readonly name: string; readonly path: string; readonly identity: FileIdentity }[],
  folder: string,
  notes: string,
): readonly LocalCopy[] {
  return files.map(({ name, path, identity }) => ({
    ...{ original: path, identity, copy: join(folder, name), note: join(notes, name) },
  }));
}
