import { join } from 'node:path';
import { openCheckpoint } from '../src/checkpoint/openCheckpoint.ts';
import { differTensors } from '../src/comparison/weights/differTensors.ts';
import type { Taken } from './commit/commitCases.ts';
import type { DiffMeasures, DiffRound } from './diff.ts';
import { shellCpuSeconds } from './shellSeconds.ts';

/*
 * The measurements of diff.ts, in a process of its own whose peak memory is its own: `diffChild.ts ROUNDS FOLDER…`.
 * Diffs every pair of the folders; prints DiffMeasures as JSON. With no rounds, once and without reading beside it.
 */

const [roundsText, ...folders] = process.argv.slice(2) as [string, ...string[]];
const rounds = Number(roundsText);
const files = folders.map((folder) => join(folder, 'model.safetensors'));
const checkpoints = await Promise.all(folders.map((folder) => openCheckpoint(folder)));
const pairs = checkpoints.flatMap((_, reference) =>
  checkpoints.slice(reference + 1).map((_, i) => ({ reference, checkpoint: reference + 1 + i })),
);

async function time(work: () => unknown): Promise<Taken> {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuStart);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** Reads the files, which leaves them in the page cache too. */
async function read(): Promise<Taken> {
  let cpuSeconds = 0;
  const { seconds } = await time(() => {
    cpuSeconds = shellCpuSeconds('cat "$@" > /dev/null', ...files);
  });
  return { seconds, cpuSeconds };
}

const diff = (workers?: number) => time(() => differTensors(checkpoints, pairs, { workers, onDifference() {} }));

const measured: DiffRound[] = [];
if (rounds > 0) await read();
const first = await diff();
for (let round = 0; round < rounds; round++) {
  measured.push({ cat: await read(), all: await diff(), one: await diff(1) });
}
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ first, rounds: measured, peakBytes } satisfies DiffMeasures));
