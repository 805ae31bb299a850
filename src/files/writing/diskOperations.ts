import {
  closeSync,
  constants,
  createWriteStream,
  fchmodSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  mkdtempSync,
  openSync,
  rmSync,
  type WriteStream,
  write,
  writeSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../reading/fileFault.ts';

/*
 * Every call by which this program changes a disk: making, writing, truncating, syncing, naming and deleting. Nothing
 * else in src/ calls the like of `node:fs` (test/unit/files/diskOperations.test.ts), so that a test which kills or fails
 * the n-th call of any kind (test/storm/faults.cjs) meets all of them. Errors are the operating system's own.
 */

/** Not on Windows, where making a link takes a privilege. */
const noFollow = constants.O_NOFOLLOW ?? 0;
/** Opening a pipe in a file's place must not wait for its other end. */
const noWait = constants.O_NONBLOCK ?? 0;

/** Makes a new file for reading and writing; what has the name already, a link that leads nowhere included, fails it with EEXIST. */
export function createFile(path: string, mode = 0o666): number {
  return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | noFollow, mode);
}

/**
 * Opens a file that is to be changed in place, for reading and writing. A link in its place fails with ELOOP. With
 * `make`, a missing one is made.
 */
export function openForChange(path: string, make: boolean): number {
  return openSync(path, constants.O_RDWR | (make ? constants.O_CREAT : 0) | noFollow | noWait, 0o666);
}

/** Past the page cache, so that what is read comes from the disk and not from memory; Linux has it. */
const direct = process.platform === 'linux' ? constants.O_DIRECT : undefined;

/**
 * Opens a file of ours a second time, to read and write it past the page cache: positions, lengths and memory must then
 * be whole blocks of the disk. Undefined where the system or the file system has no such way.
 */
export function openDirect(path: string): number | undefined {
  if (direct === undefined) return undefined;
  try {
    return openSync(path, constants.O_RDWR | noFollow | direct);
  } catch {
    return undefined;
  }
}

/** Opens a folder to sync it. */
export function openFolder(path: string): number {
  return openSync(path, constants.O_RDONLY);
}

/** Whether an open file is a regular one that has no second name, by which it would be somebody else's as well. */
export function isPlainFile(descriptor: number): boolean {
  const info = fstatSync(descriptor);
  return info.isFile() && info.nlink <= 1;
}

/** Writes all bytes, from a position of the file on. */
export function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}

/** As {@link writeAll}, off the JavaScript thread. */
export async function writeAllSoon(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += await writeSoon(descriptor, bytes.subarray(done), position + done);
  }
}

/** Writes some of the bytes, off the JavaScript thread. @returns how many */
export function writeSoon(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

export function truncateFile(descriptor: number, bytes: number): void {
  ftruncateSync(descriptor, bytes);
}

export function setMode(descriptor: number, mode: number): void {
  fchmodSync(descriptor, mode);
}

/** Gives an open file a modification time, in seconds since 1970. */
export function setModified(descriptor: number, seconds: number): void {
  futimesSync(descriptor, seconds, seconds);
}

/** Makes a file's content durable, off the JavaScript thread: 0.4 s per GB. */
export async function syncFile(descriptor: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    fsync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** As {@link syncFile}, at once. */
export function syncFileNow(descriptor: number): void {
  fsyncSync(descriptor);
}

export function closeFile(descriptor: number): void {
  closeSync(descriptor);
}

/** A stream into a new file. */
export function streamInto(path: string, mode = 0o666): WriteStream {
  return createWriteStream(path, { flags: 'wx', mode });
}

/** A new file with the content of another; on file systems that can, the two share their blocks. */
export async function copyInto(from: string, to: string): Promise<void> {
  await promises.copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

/** Names a file or folder anew; a file or link that has the name is replaced, never followed. */
export async function rename(from: string, to: string): Promise<void> {
  await promises.rename(from, to);
}

/** Gives a file a second name, which must be free. */
export async function link(from: string, to: string): Promise<void> {
  await promises.link(from, to);
}

/** Takes one name away: a file's or a link's, not what it leads to. */
export async function unlink(path: string): Promise<void> {
  await promises.unlink(path);
}

/** Deletes a file or a folder and what is in it; links in it are deleted, not followed. */
export async function removeTree(path: string): Promise<void> {
  await promises.rm(path, { recursive: true, force: true });
}

/** Deletes an empty folder. */
export async function removeFolder(path: string): Promise<void> {
  await promises.rmdir(path);
}

/** Makes a folder, which must not be there. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  await promises.mkdir(path, { mode });
}

/**
 * Makes a folder and those above it, as far as they are missing. Node's own way tries for ever where the system says that
 * there is no such folder though the one above is there, as below `/proc` and where folders are mounted on demand.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await promises.mkdir(path);
  } catch (error) {
    if (await isFolder(path)) return;
    const above = dirname(path);
    if (errorCode(error) !== 'ENOENT' || (await isFolder(above))) throw error;
    await makeFolders(above);
    await makeFolders(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await promises.stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Makes a folder with a name of its own that begins with `prefix`, open to its user alone. */
export function makeTemporaryFolder(prefix: string): string {
  return mkdtempSync(prefix);
}

/** As {@link removeTree}, at once. */
export function removeTreeNow(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
