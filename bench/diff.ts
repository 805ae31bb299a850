import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Taken } from './commit/commitCases.ts';
import { type GeneratedShape, generateCheckpoint } from './generateCheckpoint.ts';
import { pythonWith } from './python.ts';
import { median, row } from './report.ts';

const rounds = 5;

/** 1.1 GB a side. */
const shape: GeneratedShape = {
  layers: 7,
  hidden: 2048,
  intermediate: 8192,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocab: 64_000,
};

/** Embeddings of 150k × 8k, 2.5 GB, and little else. */
const wide: GeneratedShape = {
  layers: 1,
  hidden: 8192,
  intermediate: 1024,
  heads: 8,
  keyValueHeads: 1,
  headDim: 128,
  vocab: 150_000,
};

export interface DiffRound {
  /** `cat` of both files. */
  readonly cat: Taken;
  /** On every core. */
  readonly all: Taken;
  readonly one: Taken;
}

/** What diffChild.ts prints. */
export interface DiffMeasures {
  /** The first diff of the process, which starts its threads. */
  readonly first: Taken;
  readonly rounds: readonly DiffRound[];
  readonly peakBytes: number;
}

function measure(count: number, folders: readonly string[]): DiffMeasures {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'diffChild.ts'), String(count), ...folders];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output) as DiffMeasures;
}

function torchSeconds(python: string, folders: readonly string[], threads: number): number {
  const files = folders.map((folder) => join(folder, 'model.safetensors'));
  const args = [join(import.meta.dirname, 'diff.py'), ...files, String(threads)];
  const output = execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return (JSON.parse(output) as { seconds: number }).seconds;
}

/** The same files under other names, which are read as if they were others. */
function linked(folder: string, side: string, copy: string): string {
  mkdirSync(join(folder, copy));
  for (const file of ['model.safetensors', 'config.json', 'tokenizer.json']) {
    linkSync(join(folder, side, file), join(folder, copy, file));
  }
  return join(folder, copy);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/**
 * Diff of a bf16 pair against `cat` of both files, alternately, with a warm page cache; against the same statistics
 * in torch; and the peak memory, for six checkpoints and all their pairs too. Takes 5 GB of TMPDIR.
 */
export function benchDiff(): void {
  const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  const threads = availableParallelism();
  try {
    const sides = ['base', 'sft'].map((side) => join(folder, side));
    for (const [i, side] of sides.entries()) generateCheckpoint(side, shape, 1, i * 0.05, true);
    const gigabytes = (statSync(join(sides[0]!, 'model.safetensors')).size / 1e9).toFixed(2);
    console.log(`\nDiff, ${gigabytes} GB a side in bf16, ${threads} cores, median of ${rounds}`);
    const { first, rounds: all, peakBytes } = measure(rounds, sides);
    const medianOf = (pick: (round: DiffRound) => number) => median(all.map(pick)).toFixed(2);
    const against = (pick: (round: DiffRound) => Taken) =>
      `${medianOf((each) => pick(each).seconds)} s, ${medianOf((each) => pick(each).seconds / each.cat.seconds)}× cat; ` +
      `${medianOf((each) => pick(each).cpuSeconds / each.cat.cpuSeconds)}× in processor time`;
    row('cat of both files', `${medianOf(({ cat }) => cat.seconds)} s`);
    row(
      'diff',
      against((each) => each.all),
    );
    row(
      'diff, one thread',
      against(({ one }) => one),
    );
    row("the process's first", `${first.seconds.toFixed(2)} s`);
    row('peak memory', megabytes(peakBytes));
    const python = pythonWith('torch', 'safetensors');
    if (python === undefined) {
      console.log('  torch is left out: no Python with torch and safetensors (REJUVENATE_BENCH_PYTHON).');
    } else {
      const theirs = torchSeconds(python, sides, threads);
      const own = median(all.map((each) => each.all.seconds));
      row('the same in torch', `${theirs.toFixed(1)} s; the diff is ${(theirs / own).toFixed(1)}× as fast`);
    }
    for (const side of sides) rmSync(side, { recursive: true });

    const six = ['base', 'sft'].map((side) => join(folder, side));
    for (const [i, side] of six.entries()) generateCheckpoint(side, wide, 1, i * 0.05, true);
    six.push(...[1, 2].flatMap((n) => ['base', 'sft'].map((side) => linked(folder, side, `${side}-${n}`))));
    const { first: once, peakBytes: sixBytes } = measure(0, six);
    row('6 × 150k × 8k, 15 pairs', `${once.seconds.toFixed(1)} s, peak memory ${megabytes(sixBytes)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
