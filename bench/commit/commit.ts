import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GeneratedShape, generateCheckpoint } from '../generateCheckpoint.ts';
import { median, row } from '../report.ts';
import { type CommitCase, measureCommits, type Taken } from './commitCases.ts';
import { shardCheckpoint } from './shardCheckpoint.ts';
import { throttle } from './throttle.ts';

const rounds = 5;
const fewRounds = 3;

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
const shardCount = 8;
const workerCounts = [1, 2, 3, 4];
/** Of a disk behind a network: about what one gives a single client. */
const networkBytes = 400e6;
/** Of 70 billion parameters in bf16, a side. */
const bytesOf70B = 141e9;

function generatePair(folder: string, shape: GeneratedShape): void {
  generateCheckpoint(join(folder, 'base'), shape, 1, 0, true);
  generateCheckpoint(join(folder, 'sft'), shape, 1, 0.05, true);
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Ratios round by round, since the machine's speed changes from one to the next: `1.31× (1.14–1.36)`. */
function times(ratios: readonly number[]): string {
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((each) =>
    each.toFixed(2),
  );
  return `${middle}× (${least}–${most})`;
}

type Rounds = readonly (readonly Taken[])[];
const seconds = (all: Rounds, index: number) => median(all.map((each) => each[index]!.seconds));
const ratio = (all: Rounds, index: number, to: number, of: keyof Taken = 'seconds') =>
  times(all.map((each) => each[index]![of] / each[to]![of]));

function load(): string {
  return `load ${loadavg()[0]!.toFixed(1)}`;
}

/** Everything on against what one would do by hand, and bare fusing against `cp`. */
function reportAgainstHand(folder: string): void {
  const cases: CommitCase[] = [{ what: 'by hand' }, { what: 'commit' }, { what: 'cp' }, { what: 'commit', bare: true }];
  const before = load();
  const { rounds: all } = measureCommits(folder, rounds, cases);
  row('cp, sync, openssl in turn', `${seconds(all, 0).toFixed(2)} s (${before} before, ${load()} after)`);
  row('commit, everything on', `${seconds(all, 1).toFixed(2)} s, ${ratio(all, 1, 0)} that`);
  row('  in processor time', ratio(all, 1, 0, 'cpuSeconds'));
  row('cp', `${seconds(all, 2).toFixed(2)} s`);
  row('fuse, reset and write', `${seconds(all, 3).toFixed(2)} s, ${ratio(all, 3, 2)} cp`);
  row('  in processor time', ratio(all, 3, 2, 'cpuSeconds'));
}

/** Everything on by number of workers, against what one would do by hand in the same rounds. */
function reportScaling(what: string, folder: string, cold: boolean, prefix?: string): void {
  const cases: CommitCase[] = [
    { what: 'by hand', cold },
    ...workerCounts.map((workers): CommitCase => ({ what: 'commit', workers, cold })),
  ];
  const { rounds: all } = measureCommits(folder, cold ? 1 : fewRounds, cases, prefix);
  const gigabytes = bytesIn(join(folder, 'sft')) / 1e9;
  row(`${what}: by hand`, `${seconds(all, 0).toFixed(2)} s (${load()})`);
  for (const [i, workers] of workerCounts.entries()) {
    const taken = seconds(all, i + 1);
    const minutes = ((taken / gigabytes) * (bytesOf70B / 1e9)) / 60;
    row(
      `  ${workers} workers`,
      `${taken.toFixed(2)} s, ${(gigabytes / taken).toFixed(2)} GB/s, ${ratio(all, i + 1, 0)}; 70B ${minutes.toFixed(1)} min`,
    );
  }
}

/** The pair of a folder in one file a side, then in several. */
async function reportPlace(where: string, folder: string, cold: boolean, prefix?: string): Promise<void> {
  reportScaling(`${where}, 1 file`, folder, cold, prefix);
  for (const side of ['base', 'sft']) {
    const [path, sharded] = [join(folder, side), join(folder, `${side}-sharded`)];
    await shardCheckpoint(path, sharded, shardCount);
    rmSync(path, { recursive: true });
    renameSync(sharded, path);
  }
  reportScaling(`${where}, ${shardCount} files`, folder, cold, prefix);
}

/**
 * Commit of a bf16 pair with a warm page cache, alternately with `cp`, and with `cp`, `sync` and `openssl` in turn; how it
 * scales with workers and files on a disk, in memory and, by a control group, on a disk held to a network's speed, with
 * cold inputs; what that makes of 70 billion parameters; the peak memory. Takes 7 GB of TMPDIR and 5 GB of memory.
 */
export async function benchCommit(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  const memory = '/dev/shm';
  try {
    generatePair(folder, timed);
    console.log(`\nCommit, ${(bytesIn(join(folder, 'sft')) / 1e9).toFixed(2)} GB a side in bf16, median of ${rounds}`);
    reportAgainstHand(folder);
    const group = throttle(folder, networkBytes);
    if (group === undefined) row('a disk held to 400 MB/s', 'left out: no control groups here');
    else {
      reportScaling('a disk held to 400 MB/s', folder, true, group.join);
      group.remove();
    }
    await reportPlace('a disk', folder, false);
    if (existsSync(memory) && statfsSync(memory).bavail * statfsSync(memory).bsize > 6e9) {
      const inMemory = mkdtempSync(join(memory, 'rejuvenate-bench-'));
      try {
        generatePair(inMemory, timed);
        await reportPlace('memory', inMemory, false);
      } finally {
        rmSync(inMemory, { recursive: true });
      }
    }
    for (const side of ['base', 'sft']) rmSync(join(folder, side), { recursive: true });
    generatePair(folder, large);
    for (const workers of [undefined, 1, 4]) {
      const one: CommitCase = workers === undefined ? { what: 'commit' } : { what: 'commit', workers };
      const {
        rounds: [taken],
        peakBytes,
      } = measureCommits(folder, 1, [one]);
      row(
        `${(bytesIn(join(folder, 'sft')) / 1e9).toFixed(2)} GB a side, ${workers ?? 'default'} workers`,
        `${taken![0]!.seconds.toFixed(2)} s, peak memory ${(peakBytes / 1e6).toFixed(0)} MB`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
