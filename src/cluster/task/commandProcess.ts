import { spawn } from 'node:child_process';

/* A task's command as a process of its own, so that one which crashes or is killed is survived by who reports it. */

export interface Ended {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** A process that runs. */
export interface CommandProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Asks it to save what is finished and to end. */
  stop(): void;
  /** Never rejects: what cannot be started has ended with 127. */
  readonly ended: Promise<Ended>;
}

/**
 * Starts a command; what it says goes where this process's words go, a task's log.
 *
 * @param variables of its environment, besides this process's own
 */
export function startCommand(
  program: string,
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>>,
): CommandProcess {
  const env = { ...process.env, ...variables };
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${program} cannot be run: ${error.message}\n`);
      resolve({ exitCode: 127, signal: undefined });
    });
    child.once('exit', (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }));
  });
  return { pid: child.pid, stop: () => child.kill('SIGTERM'), ended };
}
