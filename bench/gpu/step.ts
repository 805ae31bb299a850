import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { residentBytes } from '../processTree.ts';

/** What became of one step of the bench. */
export interface StepResult {
  readonly step: string;
  readonly seconds: number;
  /** Most that all its processes held at a time, bytes resident. */
  readonly hostBytes: number;
  /** Most that the GPU held beyond what it did before, bytes; undefined without nvidia-smi. */
  readonly gpuBytes: number | undefined;
  /** Why it failed, in a line; undefined where it did not. */
  readonly failure: string | undefined;
  readonly output: string;
}

/** A step that could not be begun. */
export const notBegun = (step: string, failure: string): StepResult => ({
  step,
  seconds: 0,
  hostBytes: 0,
  gpuBytes: undefined,
  failure,
  output: '',
});

/** Memory in use on the first NVIDIA GPU, bytes; undefined where nvidia-smi is not there. */
function gpuBytesUsed(): number | undefined {
  try {
    const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '-i', '0'];
    const used = execFileSync('nvidia-smi', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(used.trim()) * 2 ** 20;
  } catch {
    return undefined;
  }
}

const lookEvery = 250;
const keptOutput = 4000;
const longestFailure = 400;

/**
 * The line of what a program said on standard error that tells why it failed: our own begins with `error:`, Python's is the last.
 */
export function failureLine(said: string): string {
  const lines = said.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v/.test(line));
  const line = lines.findLast((each) => each.startsWith('error: ')) ?? lines.at(-1) ?? '';
  return line.replace(/^error: /, '').slice(0, longestFailure);
}

let running: ChildProcess | undefined;

/** Ends the step that runs, if any. */
export function endRunningStep(): void {
  if (running !== undefined) endGroup(running);
}

/** Ends a program and what it started: each runs in a process group of its own. */
function endGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Runs a program within a time limit and watches its memory. Never throws: a failure is a result, and the rest goes on.
 * @param environment variables beside this process's own
 * @param limitedBy the option that set the limit, for the message
 */
export async function runStep(
  step: string,
  command: string,
  args: readonly string[],
  limitSeconds: number,
  environment: Readonly<Record<string, string | undefined>> = {},
  limitedBy: 'limit' | 'minutes' = 'limit',
): Promise<StepResult> {
  const before = gpuBytesUsed();
  const started = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  });
  running = child;
  let [output, said, hostBytes, gpuBytes, late] = ['', '', 0, before, false];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-keptOutput);
  });
  const watch = setInterval(() => {
    hostBytes = Math.max(hostBytes, child.pid === undefined ? 0 : residentBytes(child.pid));
    if (gpuBytes !== undefined) gpuBytes = Math.max(gpuBytes, gpuBytesUsed() ?? 0);
  }, lookEvery);
  const limit = setTimeout(() => {
    late = true;
    endGroup(child);
  }, limitSeconds * 1000);
  const end = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `ended by ${signal ?? `code ${code}`}`));
  });
  clearInterval(watch);
  clearTimeout(limit);
  running = undefined;
  const why = late ? `stopped after ${Number(limitSeconds.toFixed(1))} s (--${limitedBy})` : failureLine(said) || end;
  return {
    step,
    seconds: (performance.now() - started) / 1000,
    hostBytes,
    gpuBytes: before === undefined || gpuBytes === undefined ? undefined : gpuBytes - before,
    failure: end === '' && !late ? undefined : why,
    output,
  };
}
