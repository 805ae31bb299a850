import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GeneratedShape, generateCheckpoint } from './generateCheckpoint.ts';
import { median, row } from './report.ts';

const rounds = 5;

/** About 67 M parameters a layer and 131 M embeddings, in bf16. */
const shapeOf = (layers: number): GeneratedShape => ({
  layers,
  hidden: 2048,
  intermediate: 8192,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocab: 64_000,
});
/** 1.1 GB a side. */
const timed = shapeOf(7);
/** 2.0 GB a side. */
const large = shapeOf(14);

/** What one thing took. */
export interface Taken {
  readonly seconds: number;
  /** Of the processor: other work on the machine stretches the clock's far more. */
  readonly cpuSeconds: number;
}

export interface CommitRound {
  readonly copy: Taken;
  /** Without hashing and fsync. */
  readonly fuse: Taken;
  /** With hashing and the check that reads everything back. */
  readonly hash: Taken;
  readonly sync: Taken;
}

/** What commitChild.ts prints. */
export interface CommitMeasures {
  readonly rounds: readonly CommitRound[];
  /** One commit with everything on. */
  readonly whole: Taken | undefined;
  readonly peakBytes: number;
}

function generatePair(folder: string, shape: GeneratedShape): void {
  generateCheckpoint(join(folder, 'base'), shape, 1, 0, true);
  generateCheckpoint(join(folder, 'sft'), shape, 1, 0.05, true);
}

/** Measures in a process of its own; rounds are held to one core, where the system has a way. */
function measure(folder: string, ...args: string[]): CommitMeasures {
  const command = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'commitChild.ts'), folder, ...args];
  const taskset = '/usr/bin/taskset';
  if (args.length > 0 && existsSync(taskset)) command.unshift(taskset, '-c', '0');
  const [file, ...rest] = command;
  const output = execFileSync(file!, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output) as CommitMeasures;
}

function reportRounds(all: readonly CommitRound[]): void {
  const medianOf = (pick: (measured: CommitRound) => number) => median(all.map(pick)).toFixed(2);
  row('cp of one file', `${medianOf(({ copy }) => copy.seconds)} s`);
  row(
    'fuse, reset and write',
    `${medianOf(({ fuse }) => fuse.seconds)} s, ${medianOf(({ fuse, copy }) => fuse.seconds / copy.seconds)}× cp; ` +
      `${medianOf(({ fuse, copy }) => fuse.cpuSeconds / copy.cpuSeconds)}× in processor time`,
  );
  row('hash and read back, besides', `${medianOf(({ hash, fuse }) => hash.seconds - fuse.seconds)} s`);
  row('fsync, besides', `${medianOf(({ sync, fuse }) => sync.seconds - fuse.seconds)} s`);
}

/**
 * Commit of a bf16 pair against `cp` of one file of the same size, alternately, on one core with a warm page cache;
 * then what hashing and fsync add, and the peak memory with everything on. Takes 7 GB of TMPDIR.
 */
export function benchCommit(): void {
  const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  const gigabytes = () => (statSync(join(folder, 'sft', 'model.safetensors')).size / 1e9).toFixed(2);
  try {
    generatePair(folder, timed);
    console.log(`\nCommit, ${gigabytes()} GB a side in bf16, one core, median of ${rounds}`);
    reportRounds(measure(folder, String(rounds)).rounds);
    generatePair(folder, large);
    const { whole, peakBytes } = measure(folder);
    const memory = `peak memory ${(peakBytes / 1e6).toFixed(0)} MB`;
    row(`${gigabytes()} GB a side, everything on`, `${whole!.seconds.toFixed(2)} s, ${memory}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
