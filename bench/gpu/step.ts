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
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined;
  readonly output: string;
}

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

/** Ends a program and what it started: each runs in a process group of its own. */
function endGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Runs a program within a time limit and watches its memory. Never throws: a failure is a result, and the rest goes on. */
export async function runStep(
  step: string,
  command: string,
  args: readonly string[],
  limitSeconds: number,
): Promise<StepResult> {
  const before = gpuBytesUsed();
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let [output, said, hostBytes, gpuBytes, late] = ['', '', 0, before, false];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-keptOutput);
  });
  const watch = setInterval(() => {
    hostBytes = Math.max(hostBytes, residentBytes(child.pid!));
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
  const why = late ? `stopped after ${limitSeconds} s` : `${end}: ${said.trim().split('\n').slice(-3).join(' ')}`;
  return {
    step,
    seconds: (performance.now() - started) / 1000,
    hostBytes,
    gpuBytes: before === undefined || gpuBytes === undefined ? undefined : gpuBytes - before,
    failure: end === '' ? undefined : why,
    output,
  };
}
