import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, readFault } from '../../files/reading/fileFault.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { untilStill } from '../../record/untilStill.ts';
import { parseAs } from './clusterRun.ts';

/* The attempts at a run's tasks: a file each in `attempts/`, since two attempts at one task may run at once. */

const kind = { what: 'an attempt at a task', maxBytes: 100e3 };
const folderName = 'attempts';

const attemptSchema = z.object({
  /** The run's when it began. */
  round: z.number().int().nonnegative(),
  /** The job array's number. */
  array: z.string(),
  node: z.string(),
  /** The command's, as `processName` has it. */
  process: z.string().max(100).optional(),
  began: z.string(),
  ended: z.string().optional(),
  /** `done`; `failed`; `stopped` by a signal; `limit`: its time was nearly up; `early`: what it needs was not there. */
  outcome: z.enum(['done', 'failed', 'stopped', 'limit', 'early']).optional(),
  /** What the command ended with. */
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
});

export type Attempt = z.infer<typeof attemptSchema>;

/** Which attempt: at which task, and by which job. */
export interface AttemptKey {
  readonly phase: string;
  readonly index: number;
  /** The job's own number, not the array's. */
  readonly job: string;
  /** How often it was queued again before. */
  readonly restart: number;
}

export interface KeptAttempt extends AttemptKey {
  readonly attempt: Attempt;
}

export const attemptsFolder = (folder: string) => join(folder, folderName);

const fileName = ({ phase, index, job, restart }: AttemptKey) => `${phase}-${index}.${job}.${restart}.json`;

function keyOf(name: string): AttemptKey | undefined {
  const match = /^([a-z]+)-(\d{1,9})\.(\d+)\.(\d{1,9})\.json$/.exec(name);
  if (match === null) return undefined;
  return { phase: match[1]!, index: Number(match[2]), job: match[3]!, restart: Number(match[4]) };
}

/** Writes how an attempt stands. @throws InputError when it cannot be written */
export async function keepAttempt(folder: string, key: AttemptKey, attempt: Attempt): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(attempt)}\n`);
  await writeFileWhole(join(attemptsFolder(folder), fileName(key)), bytes, true);
}

/**
 * All attempts, or those at one task, in the order in which they began.
 *
 * @throws InputError when one cannot be read or is damaged
 */
export async function readAttempts(
  folder: string,
  only?: { readonly phase: string; readonly index: number },
): Promise<readonly KeptAttempt[]> {
  const names = await readdir(attemptsFolder(folder)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw readFault(error, attemptsFolder(folder));
  });
  const kept: KeptAttempt[] = [];
  for (const name of names) {
    const key = keyOf(name);
    if (key === undefined || (only !== undefined && (key.phase !== only.phase || key.index !== only.index))) continue;
    const path = join(attemptsFolder(folder), name);
    kept.push({ ...key, attempt: parseAs(attemptSchema, await untilStill(() => readTextFile(path, kind)), path) });
  }
  return kept.sort((one, other) => one.attempt.began.localeCompare(other.attempt.began) || one.restart - other.restart);
}
