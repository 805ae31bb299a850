import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/* Asks a small program of the system something, such as `nvidia-smi`. */

/** When to stop waiting. */
export interface AskingOptions {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes; Node's own limit when left out. */
  readonly maxBuffer?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a program writes to standard output.
 *
 * @throws what Node throws when it is not there, fails, says more than it may, takes too long or is stopped
 */
export async function programOutput(
  program: string,
  args: readonly string[],
  { signal, ...options }: AskingOptions,
): Promise<string> {
  // Of a program that is not there Node never takes its listener off the signal: it gets one of its own.
  const own = signal && AbortSignal.any([signal]);
  const { stdout } = await promisify(execFile)(program, args, {
    ...options,
    windowsHide: true,
    ...(own && { signal: own }),
  });
  return stdout;
}
