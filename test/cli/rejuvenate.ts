import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A signal that a command line gets when it has written a line to standard error that holds the expression, before it goes on. */
export interface SignalAt {
  readonly line: RegExp;
  readonly signal: NodeJS.Signals;
}

interface Options {
  readonly patience?: number;
  readonly onStart?: (child: ChildProcess) => void;
  readonly at?: SignalAt;
}

/**
 * Runs the built command line, as a user does. `onError` hears standard error as it comes, `onStart` of the process. What
 * takes longer than `patience`, in milliseconds, is killed.
 */
export async function rejuvenate(
  args: readonly string[],
  onError: (text: string, child: ChildProcess) => void = () => undefined,
  { patience, onStart, at }: Options = {},
): Promise<Outcome> {
  const entry = join(distFolder, 'cli.cjs');
  assert.ok(existsSync(entry), `${entry} is missing: run "npm run build" first`);
  const early = at === undefined ? [] : ['--require', join(import.meta.dirname, 'atLine.cjs')];
  const child = spawn(process.execPath, [...early, entry, ...args], {
    ...(at !== undefined && { env: { ...process.env, AT_LINE: at.line.source, AT_SIGNAL: at.signal } }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
  });
  onStart?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onError(stderr, child);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, stdout, stderr };
}
