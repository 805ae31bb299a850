import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { RunError } from '../../errors.ts';
import { quotedPath } from './shown.ts';

/*
 * Which file a path led to, and in which state. Work that reads a file more than once, or has another program read it by
 * its path, compares identities before and after: equal ones mean that everything in between read the same bytes.
 */

/** Texts and numbers, so that it passes between threads and processes. */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
  readonly bytes: number;
  /** Of the last modification, nanoseconds since 1970. */
  readonly modified: string;
  /**
   * Of the last change of content, name or attributes, nanoseconds since 1970: who sets a modification time back cannot
   * set this back. Empty on Windows, where other programs touch it.
   */
  readonly changed: string;
}

export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return {
    device: String(dev),
    inode: String(ino),
    bytes: Number(size),
    modified: String(mtimeNs),
    changed: process.platform === 'win32' ? '' : String(ctimeNs),
  };
}

/** As `Stats.mtimeMs` without its fraction. */
export function modifiedMs({ modified }: FileIdentity): number {
  return Number(BigInt(modified) / 1_000_000n);
}

/** Another file took its place, or its size or modification time is another. */
export function isOther(one: FileIdentity, other: FileIdentity): boolean {
  return (
    one.device !== other.device ||
    one.inode !== other.inode ||
    one.bytes !== other.bytes ||
    one.modified !== other.modified
  );
}

/** The same file, untouched in between. */
export function isSame(one: FileIdentity, other: FileIdentity): boolean {
  return !isOther(one, other) && one.changed === other.changed;
}

/** An input is not any more what the work began with. */
export class ChangedInput extends RunError {
  /** @param when completes the sentence: "while it was read" */
  constructor(path: string, when: string) {
    super(`${quotedPath(path)} changed ${when}: leave it alone and try again.`);
  }

  /** One that was told of elsewhere. */
  static said(message: string): ChangedInput {
    const error = new ChangedInput('', '');
    error.message = message;
    return error;
  }
}

/** What the path leads to now; undefined where that cannot be told. */
export async function identityAt(path: string): Promise<FileIdentity | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats && identityOf(stats);
}

/** As {@link identityAt}, at once. */
export function identityAtSync(path: string): FileIdentity | undefined {
  try {
    return identityOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** @throws ChangedInput when the path leads to another file, or to the same one touched since */
export async function checkIdentity(path: string, known: FileIdentity, when: string): Promise<void> {
  const now = await identityAt(path);
  if (now === undefined || !isSame(now, known)) throw new ChangedInput(path, when);
}
