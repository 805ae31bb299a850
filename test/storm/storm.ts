import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { distFolder } from '../../src/distFolder.ts';
import { InputError, RunError } from '../../src/errors.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { root } from '../paths.ts';
import { arm, disarm } from './faults.cjs';
import { partsStorms } from './kills/partsStorms.ts';
import { type Storm, StormTools } from './kills/stormTools.ts';
import { stormedCommit, stormedFiles, stormedRun, stormedShards } from './stormed.ts';

/*
 * Storms over what is written: commits and runs that are killed, starved and crowded many times, each then looked at and
 * done again. `npm run storm -- [--kills N] [--seed N] [--only WORD]`, minutes; prints a line a storm, exit code 1 where something was lost.
 */

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const kills = Number(values.kills ?? 1000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const cli = join(distFolder, 'cli.cjs');
const stormed = join(root, 'test', 'storm', 'stormed.ts');
const recordNames = ['a.rejuvenation.json', 'a.rejuvenation.safetensors', 'scores.safetensors'];

const tools = new StormTools(seed);
const { base, random, ended, start, callsOf } = tools;

const finished = join(base, 'finished');
mkdirSync(finished);
await stormedRun(finished, false);

/**
 * After a commit was hit: target absent, old or complete, the record readable, and the next commit mends all. One that
 * replaces may have left the old target aside, from where the next brings it back.
 */
async function commitMended(folder: string, overwrite: boolean): Promise<string | undefined> {
  const { record, out } = stormedFiles(folder);
  if (existsSync(out)) await openCheckpoint(out);
  const { checkpoints } = (await readRecord(record)).record;
  if (checkpoints.length > 0 && !existsSync(out) && !overwrite)
    return 'the record lists a checkpoint that is not there';
  const notes = await stormedCommit(folder, overwrite || existsSync(out));
  if (notes.length > 0) return notes.join(' ');
  await openCheckpoint(out);
  const listed = (await readRecord(record)).record.checkpoints.length;
  if (listed !== 1) return `${listed} checkpoints are listed`;
  const names = readdirSync(folder).sort().join();
  return names === [...recordNames, 'out'].sort().join() ? undefined : `left behind: ${names}`;
}

/** After a run was hit: the record absent, old or readable, and the next run ends with one and leaves nothing else. */
async function runMended(folder: string, old: boolean): Promise<string | undefined> {
  const { record } = stormedFiles(folder);
  if (old || existsSync(record)) await readRecord(record);
  await stormedRun(folder, old || existsSync(record));
  await readRecord(record);
  const names = readdirSync(folder).sort().join();
  return names === recordNames.join() ? undefined : `left behind: ${names}`;
}

async function prepared(folder: string, overwrite: boolean): Promise<string[]> {
  cpSync(finished, folder, { recursive: true });
  const { record, out } = stormedFiles(folder);
  if (overwrite) await stormedCommit(folder, false);
  return [cli, 'commit', record, '--out', out, ...(overwrite ? ['--overwrite'] : [])];
}

/** An error that a user may see. */
const sane = (error: unknown) => error instanceof InputError || error instanceof RunError;

const probe = join(base, 'probe');
const commitCalls = await callsOf(probe, await prepared(probe, true));
const runArgs = (folder: string, overwrite: boolean) => [
  ...['--import', 'tsx', stormed, 'attribute', folder],
  ...(overwrite ? ['overwrite'] : []),
];
const runFolder = mkdtempSync(join(base, 'probe-run-'));
const runCalls = await callsOf(runFolder, runArgs(runFolder, false));

/**
 * After shards or their merging were hit: the record absent or the one of nothing hit, and the next time, over it where it is
 * there, ends with that and leaves nothing else.
 */
async function shardsMended(folder: string): Promise<string | undefined> {
  const { record } = stormedFiles(folder);
  const hash = async () => (await readRecord(record)).record.arrays.sha256;
  const there = existsSync(record);
  if (there && (await hash()) !== merged) return 'the record is another';
  await stormedShards(folder, there);
  if ((await hash()) !== merged) return 'the next record is another';
  const names = readdirSync(folder).sort().join();
  return names === recordNames.slice(0, 2).join() ? undefined : `left behind: ${names}`;
}

const shardsFolder = mkdtempSync(join(base, 'probe-shards-'));
const shardsArgs = (folder: string) => ['--import', 'tsx', stormed, 'shards', folder];
const shardsBegan = performance.now();
const shardsCalls = await callsOf(shardsFolder, shardsArgs(shardsFolder));
const shardsMs = performance.now() - shardsBegan;
const merged = (await readRecord(stormedFiles(shardsFolder).record)).record.arrays.sha256;

const storms: readonly Storm[] = [
  ...(await partsStorms(tools, kills)),
  {
    name: 'shards or merge killed at a call',
    times: Math.ceil(kills * 0.1),
    async once(folder, turn) {
      mkdirSync(folder);
      const at = 1 + random(shardsCalls);
      await ended(start(shardsArgs(folder), { at, fault: turn % 3 === 0 ? 'torn' : 'kill', below: folder }));
      const lost = await shardsMended(folder);
      return lost && `call ${at}: ${lost}`;
    },
  },
  {
    name: 'shards or merge killed at a moment',
    times: Math.ceil(kills * 0.1),
    async once(folder) {
      mkdirSync(folder);
      // Twice: what the second one takes up was left by the first.
      for (let i = 0; i < 2 && !existsSync(stormedFiles(folder).record); i++) {
        await tools.killedAfter(shardsArgs(folder), 500 + random(shardsMs));
      }
      return shardsMended(folder);
    },
  },
  {
    name: 'commit killed at a call',
    times: Math.ceil(kills * 0.4),
    async once(folder, turn) {
      const overwrite = turn % 2 === 1;
      const args = await prepared(folder, overwrite);
      const at = 1 + random(commitCalls);
      await ended(start(args, { at, fault: turn % 3 === 0 ? 'torn' : 'kill', below: folder }));
      const lost = await commitMended(folder, overwrite);
      return lost && `call ${at}: ${lost}`;
    },
  },
  {
    name: 'commit killed at a moment',
    times: Math.ceil(kills * 0.3),
    async once(folder, turn) {
      const overwrite = turn % 2 === 1;
      const wait = 80 + random(220);
      await tools.killedAfter(await prepared(folder, overwrite), wait);
      const lost = await commitMended(folder, overwrite);
      return lost && `after ${wait} ms: ${lost}`;
    },
  },
  {
    name: 'run killed at a call',
    times: Math.ceil(kills * 0.3),
    async once(folder, turn) {
      const old = turn % 2 === 1;
      if (old) cpSync(finished, folder, { recursive: true });
      else mkdirSync(folder);
      const at = 1 + random(runCalls);
      await ended(start(runArgs(folder, old), { at, fault: turn % 3 === 0 ? 'torn' : 'kill', below: folder }));
      const lost = await runMended(folder, old);
      return lost && `call ${at}: ${lost}`;
    },
  },
  ...(['ENOSPC', 'EIO'] as const).map(
    (code): Storm => ({
      name: `commit with ${code} at a call`,
      times: Math.ceil(kills / 4),
      async once(folder, turn) {
        const overwrite = turn % 2 === 1;
        await prepared(folder, overwrite);
        const at = 1 + random(commitCalls);
        arm({ at, fault: code, below: folder, from: code === 'ENOSPC' });
        let error: unknown;
        try {
          await stormedCommit(folder, overwrite);
        } catch (reason) {
          error = reason;
        } finally {
          disarm();
        }
        if (error !== undefined && !sane(error)) return `call ${at}: ${String(error)}`;
        const lost = await commitMended(folder, overwrite);
        return lost && `call ${at}: ${lost}`;
      },
    }),
  ),
  {
    name: 'commits at once, from one record',
    times: Math.ceil(kills / 100),
    async once(folder) {
      const { record } = stormedFiles(folder);
      cpSync(finished, folder, { recursive: true });
      const outs = Array.from({ length: 12 }, (_, i) => join(folder, `out-${i}`));
      await Promise.all(outs.map((out) => ended(start([cli, 'commit', record, '--out', out]))));
      const listed = (await readRecord(record)).record.checkpoints.map((each) => each.folder).sort();
      return listed.join() === outs.sort().join() ? undefined : `${listed.length} of ${outs.length} are listed`;
    },
  },
];

const line = (name: string, ...figures: readonly (string | number)[]) =>
  console.log(name.padEnd(38) + figures.map((figure) => String(figure).padStart(10)).join(''));
console.log(`seed ${seed}`);
line('storm', 'tried', 'killed', 'survived', 'lost');
for (const { name, times, once } of storms.filter((each) => each.name.includes(values.only ?? ''))) {
  const lost: string[] = [];
  const before = tools.killed;
  for (let turn = 0; turn < times; turn++) {
    const folder = join(base, `turn-${turn}`);
    const fault = await once(folder, turn).catch((error: unknown) => String(error));
    if (fault !== undefined) lost.push(fault);
    rmSync(folder, { recursive: true, force: true });
  }
  line(name, times, tools.killed - before, times - lost.length, lost.length);
  for (const fault of lost.slice(0, 5)) console.log(`  ${fault}`);
  if (lost.length > 0) process.exitCode = 1;
}
