import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
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

interface Measured {
  readonly seconds: number;
  /** Of the processor: what other work on the machine does not change. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Holds a command to one core, where the system has a way. */
function onOneCore(command: readonly string[]): readonly string[] {
  return existsSync('/usr/bin/taskset') ? ['/usr/bin/taskset', '-c', '0', ...command] : command;
}

function execute([file, ...args]: readonly string[]): string {
  return execFileSync(file!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Starts each measurement without the writes of the one before still going to the disk. */
function settle(): void {
  if (process.platform !== 'win32') execFileSync('sync');
}

/** A commit in a process of its own. @param parts what to do besides fusing: `hash`, `fsync` */
function commitOnce(folder: string, oneCore: boolean, parts: readonly string[]): Measured {
  const out = join(folder, 'out');
  settle();
  const child = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'commitChild.ts')];
  const command = [...child, join(folder, 'base'), join(folder, 'sft'), out, ...parts];
  const output = execute(oneCore ? onOneCore(command) : command);
  rmSync(out, { recursive: true });
  return JSON.parse(output) as Measured;
}

/** `cp`, or Node's copy where there is none. */
function copyOnce(folder: string): Omit<Measured, 'peakBytes'> {
  const [from, to] = [join(folder, 'sft', 'model.safetensors'), join(folder, 'copy')];
  settle();
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  let cpuSeconds = 0;
  if (process.platform === 'win32') {
    copyFileSync(from, to);
    const { user, system } = process.cpuUsage(cpuStart);
    cpuSeconds = (user + system) / 1e6;
  } else {
    // Sharing blocks with the source would be no copy. The shell's `times` tells what its children took.
    const copy = process.platform === 'linux' ? 'cp --reflink=never' : 'cp';
    const times = execute(onOneCore(['bash', '-c', `${copy} "$1" "$2"; times`, 'bash', from, to]));
    for (const [, minutes, rest] of times
      .trim()
      .split('\n')
      .at(-1)!
      .matchAll(/(\d+)m([\d.]+)s/g)) {
      cpuSeconds += 60 * Number(minutes) + Number(rest);
    }
  }
  const seconds = (performance.now() - start) / 1000;
  rmSync(to);
  return { seconds, cpuSeconds };
}

function generatePair(folder: string, shape: GeneratedShape): void {
  generateCheckpoint(join(folder, 'base'), shape, 1, 0, true);
  generateCheckpoint(join(folder, 'sft'), shape, 1, 0.05, true);
}

/** What one round measured. */
interface Round {
  readonly copy: Omit<Measured, 'peakBytes'>;
  readonly fuse: Measured;
  readonly hash: Measured;
  readonly sync: Measured;
}

function timeParts(folder: string): void {
  const all: Round[] = [];
  for (let round = 0; round <= rounds; round++) {
    const copy = copyOnce(folder);
    const fuse = commitOnce(folder, true, []);
    const hash = commitOnce(folder, true, ['hash']);
    const sync = commitOnce(folder, true, ['fsync']);
    // The first round warms the page cache up.
    if (round > 0) all.push({ copy, fuse, hash, sync });
  }
  const medianOf = (pick: (measured: Round) => number) => median(all.map(pick)).toFixed(2);
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
    timeParts(folder);
    generatePair(folder, large);
    const { seconds, peakBytes } = commitOnce(folder, false, ['hash', 'fsync']);
    row(
      `${gigabytes()} GB a side, everything on`,
      `${seconds.toFixed(2)} s, peak memory ${(peakBytes / 1e6).toFixed(0)} MB`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
