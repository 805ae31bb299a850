import { lstat, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { errorCode } from '../reading/fileFault.ts';
import { stateOf } from './owner.ts';

/*
 * What a lock's file says, and what can be found in its place.
 */

const contentSchema = z.object({
  program: z.literal('rejuvenate'),
  token: z.string().regex(/^[0-9a-f]{16}$/),
  /** What holds it: "a run". */
  work: z.string().max(100),
  /** Held for the whole of some long work, not only while a file is replaced. */
  long: z.boolean(),
  since: z.iso.datetime(),
  host: z.string().max(255),
  hardware: z.string().max(64),
  machine: z.string().max(64),
  boot: z.string().max(64),
  pid: z.int().positive(),
  started: z.string().max(64),
});
export type LockContent = z.infer<typeof contentSchema>;

const mostBytes = 4096;

/** Tokens of the locks that this process holds. */
export const held = new Set<string>();

/** As {@link stateOf}; this process's own lock that it no longer holds, but could not delete, is as good as gone. */
export function holderOf(found: LockContent): ReturnType<typeof stateOf> {
  const state = stateOf(found);
  return state === 'alive' && found.pid === process.pid && !held.has(found.token) ? 'gone' : state;
}

export type Found = LockContent | 'none' | 'unreadable' | 'foreign';

/** Looks at a lock. @throws the operating system's error when it cannot be read */
export async function look(path: string): Promise<Found> {
  try {
    const info = await lstat(path);
    if (!info.isFile() || info.size > mostBytes) return 'foreign';
    const parsed = contentSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : 'unreadable';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'none';
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}
