import { lstat, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Lock, refuseLongLock } from '../../files/locks/lock.ts';
import { settleRecord } from './cutOffWrite.ts';
import { recordPaths } from './recordPaths.ts';

/*
 * One process at a time writes a record: a run for all of its time, a commit or a verification while it puts its result
 * into what the record holds by then.
 */

/** The lock's place: `NAME.rejuvenation.lock`. */
export function recordLockPath(path: string): string {
  return `${recordPaths(path).json.slice(0, -'.json'.length)}.lock`;
}

const what = (path: string) => `The record "${path}"`;

/** Takes a record for a whole run. @throws InputError at once when another process has it */
export async function lockForRun(path: string): Promise<Lock> {
  return Lock.acquire(recordLockPath(path), { what: what(path), work: 'another run', long: true });
}

/**
 * Does something that replaces a record, alone; others who do are waited for. What a killed process left half done is
 * brought in order before.
 *
 * @param work for sentences: "a commit"
 * @throws InputError when a run has the record, it does not become free, or its place cannot be written
 */
export async function updatingRecord<Result>(
  path: string,
  work: string,
  update: () => Promise<Result>,
): Promise<Result> {
  return Lock.during(recordLockPath(path), { what: what(path), work, long: false }, async () => {
    await settleRecord(recordPaths(path), 'finish');
    return update();
  });
}

/** @throws InputError when a run has the record: what is found out about it now would be lost */
export async function refuseRunning(path: string): Promise<void> {
  await refuseLongLock(recordLockPath(path), what(path));
}

/**
 * Where a record lies that is to be updated: a link to it is followed, so that the record itself changes and the link
 * stays one.
 */
export async function recordHome(path: string): Promise<string> {
  const absolute = resolve(path);
  const info = await lstat(absolute).catch(() => undefined);
  if (!info?.isSymbolicLink()) return absolute;
  const target = await realpath(absolute).catch(() => absolute);
  // One that leads nowhere, or to no file, is told by the name that was given, when it is read.
  return (await stat(target).catch(() => undefined))?.isFile() ? target : absolute;
}
