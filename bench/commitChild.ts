import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { projectionName } from '../src/checkpoint/architecture/tensorNames.ts';
import { openCheckpoint } from '../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../src/checkpoint/pair.ts';
import { commitCheckpoint } from '../src/commit/commit.ts';
import { neuronLayout } from '../src/method/neuronLayout.ts';
import type { CommitMeasures, CommitRound, Taken } from './commit.ts';
import { shellCpuSeconds } from './shellSeconds.ts';

/*
 * The measurements of commit.ts, in a process of its own so that it can be held to one core and its peak memory is its
 * own: `commitChild.ts FOLDER ROUNDS`, where the folder holds `base` and `sft`. Prints CommitMeasures as JSON.
 * Without rounds it commits once, everything on.
 */

/** Every hundredth neuron of every module is reset: rows and columns, as in a real run. */
const every = 100;

const [folder, rounds] = process.argv.slice(2) as [string, string];
const weightsIn = (side: string) => join(folder, side, 'model.safetensors');

/**
 * Starts each measurement alike: a warm page cache, no writes of the one before still going to the disk, and as much
 * memory in hand, just freed, as the new file takes. Without the last, who came first paid for it: a virtual machine gets
 * its memory from its host page by page, and `cp` of 1.1 GB took 1.8 s where it takes 0.4 s.
 */
function settle(): void {
  if (process.platform !== 'win32') spawnSync('sync');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const scratch = join(folder, 'scratch');
  const written = openSync(scratch, 'w');
  for (const side of ['base', 'sft']) {
    const file = openSync(weightsIn(side), 'r');
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      if (side === 'sft') writeSync(written, buffer, 0, read);
    }
    closeSync(file);
  }
  closeSync(written);
  rmSync(scratch);
}

async function time(work: () => void | Promise<void>): Promise<Taken> {
  settle();
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuStart);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** `cp`, or Node's copy where there is none. */
async function timeCopy(): Promise<Taken> {
  const [from, to] = [weightsIn('sft'), join(folder, 'copy')];
  let childSeconds = 0;
  const taken = await time(() => {
    if (process.platform === 'win32') return copyFileSync(from, to);
    // Sharing blocks with the source would be no copy.
    const copy = process.platform === 'linux' ? 'cp --reflink=never' : 'cp';
    childSeconds = shellCpuSeconds(`${copy} "$1" "$2"`, from, to);
  });
  rmSync(to);
  return { ...taken, cpuSeconds: taken.cpuSeconds + childSeconds };
}

const sft = await openCheckpoint(join(folder, 'sft'));
const pair = await checkPair(await openCheckpoint(join(folder, 'base')), sft);
const resetSet = new Map(
  neuronLayout(sft.architecture).modules.map(({ layer, projection, width }) => [
    projectionName(layer, projection),
    Uint32Array.from({ length: Math.floor(width / every) }, (_, i) => i * every),
  ]),
);

async function timeCommit(hashing: boolean, syncing: boolean): Promise<Taken> {
  const out = join(folder, 'out');
  const manifest = () => ({});
  const options = { pair, alpha: 0.5, resetSet, out, overwrite: false, manifest, hashing, syncing };
  const taken = await time(async () => {
    await commitCheckpoint(options);
  });
  rmSync(out, { recursive: true });
  return taken;
}

const measured: CommitRound[] = [];
for (let round = 0; round < Number(rounds ?? 0); round++) {
  const copy = await timeCopy();
  const fuse = await timeCommit(false, false);
  const hash = await timeCommit(true, false);
  const sync = await timeCommit(false, true);
  measured.push({ copy, fuse, hash, sync });
}
const whole = rounds === undefined ? await timeCommit(true, true) : undefined;
const result: CommitMeasures = { rounds: measured, whole, peakBytes: process.resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(result));
