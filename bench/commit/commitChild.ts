import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { projectionName } from '../../src/checkpoint/architecture/tensorNames.ts';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../../src/checkpoint/pair.ts';
import { commitCheckpoint } from '../../src/commit/commit.ts';
import { neuronLayout } from '../../src/method/neuronLayout.ts';
import { shellCpuSeconds } from '../shellSeconds.ts';
import type { CommitCase, CommitMeasures, Taken } from './commitCases.ts';

/*
 * The measurements of commit.ts, in a process of its own so that it can be held to a core or a disk's speed and its peak
 * memory is its own: `commitChild.ts FOLDER ROUNDS CASES`, where the folder holds `base` and `sft` and the cases are
 * CommitCases as JSON, each measured once a round, in turn. Prints CommitMeasures as JSON.
 */

/** Every hundredth neuron of every module is reset: rows and columns, as in a real run. */
const every = 100;

const [folder, rounds, cases] = process.argv.slice(2) as [string, string, string];
const weightsIn = (side: string) =>
  readdirSync(join(folder, side))
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(folder, side, name));

/** Has the system forget a file's contents, which it does for whoever may write the file. */
function forget(path: string): void {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
}

/**
 * Starts each measurement alike: a warm page cache, no writes of the one before still going to the disk, and as much
 * memory in hand, just freed, as the new file takes. Without the last, who came first paid for it: a virtual machine gets
 * its memory from its host page by page, and `cp` of 1.1 GB took 1.8 s where it takes 0.4 s. Cold: without the page cache.
 */
function settle(cold: boolean): void {
  if (process.platform !== 'win32') spawnSync('sync');
  if (cold) {
    for (const side of ['base', 'sft']) for (const path of weightsIn(side)) forget(path);
    return;
  }
  const buffer = Buffer.allocUnsafe(1 << 20);
  const scratch = join(folder, 'scratch');
  const written = openSync(scratch, 'w');
  for (const side of ['base', 'sft']) {
    for (const path of weightsIn(side)) {
      const file = openSync(path, 'r');
      for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
        if (side === 'sft') writeSync(written, buffer, 0, read);
      }
      closeSync(file);
    }
  }
  closeSync(written);
  rmSync(scratch);
}

async function timed(work: () => void | Promise<void>): Promise<Taken> {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuStart);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** A bash command, with the processor time of what it starts. */
async function timedShell(command: string, ...args: string[]): Promise<Taken> {
  let childSeconds = 0;
  const taken = await timed(() => {
    childSeconds = shellCpuSeconds(command, ...args);
  });
  return { ...taken, cpuSeconds: taken.cpuSeconds + childSeconds };
}

const copy = join(folder, 'copy');

/** `cp` of the weight files into a folder, or Node's copy where there is none; past the page cache where it is cold. */
async function timeCopy(cold: boolean): Promise<Taken> {
  rmSync(copy, { recursive: true, force: true });
  settle(cold);
  mkdirSync(copy);
  const files = weightsIn('sft');
  if (cold) {
    const each =
      'to=$1; shift; for f; do dd if="$f" of="$to/$(basename "$f")" bs=4M iflag=direct oflag=direct status=none; done';
    return timedShell(each, copy, ...files);
  }
  if (process.platform === 'win32') {
    return timed(() => {
      for (const file of files) copyFileSync(file, join(copy, file.slice(file.lastIndexOf('\\') + 1)));
    });
  }
  // Sharing blocks with the source would be no copy.
  const cp = process.platform === 'linux' ? 'cp --reflink=never' : 'cp';
  return timedShell(`to=$1; shift; ${cp} "$@" "$to"`, copy, ...files);
}

const sum = (all: readonly Taken[]): Taken => ({
  seconds: all.reduce((seconds, taken) => seconds + taken.seconds, 0),
  cpuSeconds: all.reduce((seconds, taken) => seconds + taken.cpuSeconds, 0),
});

/** What a user would do by hand: copy, make durable, hash; where it is cold, the copy is in memory when it is hashed. */
async function timeByHand(cold: boolean): Promise<Taken> {
  const copied = await timeCopy(cold);
  const files = weightsIn('copy');
  const synced = await timedShell('sync "$@"', ...files);
  if (cold) spawnSync('bash', ['-c', 'cat "$@" > /dev/null', 'bash', ...files]);
  return sum([copied, synced, await timedShell('openssl dgst -sha256 "$@" > /dev/null', ...files)]);
}

const sft = await openCheckpoint(join(folder, 'sft'));
const pair = await checkPair(await openCheckpoint(join(folder, 'base')), sft);
const resetSet = new Map(
  neuronLayout(sft.architecture).modules.map(({ layer, projection, width }) => [
    projectionName(layer, projection),
    Uint32Array.from({ length: Math.floor(width / every) }, (_, i) => i * every),
  ]),
);

async function timeCommit({ workers, bare, cold }: Extract<CommitCase, { what: 'commit' }>): Promise<Taken> {
  const out = join(folder, 'out');
  const part = bare ? { hashing: false, syncing: false } : {};
  settle(cold === true);
  const taken = await timed(async () => {
    await commitCheckpoint({
      ...{ pair, alpha: 0.5, resetSet, out, overwrite: false, manifest: () => ({}), workers },
      ...part,
    });
  });
  rmSync(out, { recursive: true });
  return taken;
}

async function time(one: CommitCase): Promise<Taken> {
  if (one.what === 'commit') return timeCommit(one);
  return one.what === 'cp' ? timeCopy(one.cold === true) : timeByHand(one.cold === true);
}

// They are the caller's own.
const asked = JSON.parse(cases) as readonly CommitCase[];
const measured: Taken[][] = [];
for (let round = 0; round < Number(rounds); round++) {
  const taken: Taken[] = [];
  for (const one of asked) taken.push(await time(one));
  measured.push(taken);
}
if (existsSync(copy)) rmSync(copy, { recursive: true });
const result: CommitMeasures = { rounds: measured, peakBytes: process.resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(result));
