import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Resident bytes of a process and its descendants, shared pages counted once a process (Linux). */
export function residentBytes(pid: number): number {
  try {
    const own = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), own);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

export interface ProcessTreeRun {
  readonly seconds: number;
  /** Most that all its processes held at one time. */
  readonly peakBytes: number;
  /** What it said on standard error. */
  readonly said: string;
}

/** How often memory is looked at, milliseconds. */
const interval = 10;

/** Runs Node on a script to its end and watches the memory of all its processes together. */
export async function runWatched(script: string, args: readonly string[]): Promise<ProcessTreeRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(child.pid!));
  }, interval);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`${script} ${args[0]} ended with ${code}: ${said}`);
  } finally {
    clearInterval(timer);
  }
  return { seconds: (performance.now() - started) / 1000, peakBytes, said };
}
