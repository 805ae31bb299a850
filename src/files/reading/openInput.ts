import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { readFault } from './fileFault.ts';
import { type FileIdentity, identityOf } from './fileIdentity.ts';
import type { InputKind } from './inputKind.ts';
import { quotedPath, shownBytes } from './shown.ts';

/*
 * The one place where inputs are opened. Only regular files are, symlinks to them included: a pipe would wait for a
 * writer, a device never ends, and opening one may do something. That is looked at before opening, and again on what
 * was opened, since the path may lead elsewhere by then; for that moment opening does not wait for a pipe either.
 */

const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A file open for reading, as it was when it was opened. */
export interface OpenInput {
  readonly handle: FileHandle;
  readonly identity: FileIdentity;
}

type FileType = Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice'>;

function typeOf(stats: FileType): string {
  if (stats.isDirectory()) return 'a folder, not a file';
  if (stats.isFIFO()) return 'a named pipe, not a regular file: write what it gives into a file and give that';
  if (stats.isSocket()) return 'a socket, not a regular file';
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'a device, not a regular file';
  return 'not a regular file';
}

function checkInput(stats: FileType & { readonly size: bigint }, path: string, { what, maxBytes }: InputKind): void {
  if (!stats.isFile()) throw new InputError(`Cannot read ${quotedPath(path)}: it is ${typeOf(stats)}.`);
  if (stats.size <= maxBytes) return;
  throw new InputError(
    `${quotedPath(path)} has ${shownBytes(stats.size)}, more than the ${shownBytes(maxBytes)} expected of ${what}.`,
  );
}

/**
 * Opens an input.
 *
 * @throws InputError when it cannot be opened, is no regular file, or is larger than its kind may be
 */
export async function openInput(path: string, kind: InputKind): Promise<OpenInput> {
  try {
    checkInput(await stat(path, { bigint: true }), path, kind);
    const handle = await open(path, flags);
    try {
      const stats = await handle.stat({ bigint: true });
      checkInput(stats, path, kind);
      return { handle, identity: identityOf(stats) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw readFault(error, path);
  }
}

/** As {@link openInput}, at once: for reading that must not give the thread away. */
export function openInputSync(
  path: string,
  kind: InputKind,
): { readonly descriptor: number; readonly identity: FileIdentity } {
  try {
    checkInput(statSync(path, { bigint: true }), path, kind);
    const descriptor = openSync(path, flags);
    try {
      const stats = fstatSync(descriptor, { bigint: true });
      checkInput(stats, path, kind);
      return { descriptor, identity: identityOf(stats) };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    throw readFault(error, path);
  }
}

/**
 * The identity of an input that others will read, without opening it.
 *
 * @throws InputError as {@link openInput}
 */
export async function identifyInput(path: string, kind: InputKind): Promise<FileIdentity> {
  try {
    const stats = await stat(path, { bigint: true });
    checkInput(stats, path, kind);
    return identityOf(stats);
  } catch (error) {
    throw readFault(error, path);
  }
}

/** An input's identity, from what is open of it. */
export async function identityOfHandle(handle: FileHandle): Promise<FileIdentity> {
  return identityOf(await handle.stat({ bigint: true }));
}
