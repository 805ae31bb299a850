import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder } from '../../../src/distFolder.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { root } from '../../paths.ts';
import { manyFiles, stormedCommit, stormedFiles, stormedParts, stormedRun } from '../stormed.ts';
import type { Storm, StormTools } from './stormTools.ts';
import { type Allowed, halfDone, wholeCheckpoint } from './wholeCheckpoint.ts';

/* Storms over a commit in parts: its parts and the step that takes them are killed, then looked at and done again. */

const cli = join(distFolder, 'cli.cjs');
const stormed = join(root, 'test', 'storm', 'stormed.ts');
const recordNames = ['a.rejuvenation.json', 'a.rejuvenation.safetensors', 'scores.safetensors'];
const older = { alpha: 0.25 };

export async function partsStorms(tools: StormTools, kills: number): Promise<readonly Storm[]> {
  const { base, random } = tools;
  const finished = join(base, 'finished-parts');
  mkdirSync(finished);
  await stormedRun(finished, false, manyFiles);

  async function prepared(folder: string, overwrite: boolean): Promise<void> {
    cpSync(finished, folder, { recursive: true });
    if (overwrite) await stormedCommit(folder, false, older);
  }
  const partsArgs = (folder: string, overwrite: boolean) => [
    ...['--import', 'tsx', stormed, 'parts', folder],
    ...(overwrite ? ['overwrite'] : []),
  ];
  const shardArgs = (folder: string, overwrite: boolean, shard?: string) => {
    const { record, out, parts } = stormedFiles(folder);
    const which = [...(shard === undefined ? [] : ['--shard', shard]), ...(overwrite ? ['--overwrite'] : [])];
    return [cli, 'commit', record, '--out', out, '--partials', parts, ...which];
  };

  const probe = join(base, 'probe-parts');
  await prepared(probe, true);
  const { out, record } = stormedFiles(probe);
  const allowed: Allowed = {
    old: await wholeCheckpoint(out),
    arrays: (await readRecord(record)).record.arrays.sha256,
    // By one process, without parts.
    whole: await stormedCommit(probe, true).then(() => wholeCheckpoint(out)),
  };
  const calls = await tools.callsOf(probe, partsArgs(probe, true));
  /** Both parts at once. @returns how long they take, ms */
  async function bothParts(folder: string, overwrite: boolean): Promise<number> {
    const began = performance.now();
    await Promise.all(['0/2', '1/2'].map((shard) => tools.ended(tools.start(shardArgs(folder, overwrite, shard)))));
    return performance.now() - began;
  }
  // As slow as the machine is just then.
  let ms = await bothParts(probe, true);
  const moment = () => ms * 0.3 + random(ms * 0.7);

  async function mended(folder: string, overwrite: boolean): Promise<string | undefined> {
    const lost = await halfDone(folder, { ...allowed, old: overwrite ? allowed.old : undefined });
    if (lost !== undefined) return lost;
    const files = stormedFiles(folder);
    const notes = await stormedParts(folder, overwrite || existsSync(files.out));
    if (notes.length > 0) return notes.join(' ');
    if ((await wholeCheckpoint(files.out)) !== allowed.whole) return 'the next checkpoint is another';
    const listed = (await readRecord(files.record)).record.checkpoints.length;
    if (listed !== 1) return `${listed} checkpoints are listed`;
    const names = readdirSync(folder).sort().join();
    return names === [...recordNames, 'out'].sort().join() ? undefined : `left behind: ${names}`;
  }

  return [
    {
      name: 'parts of a commit killed at a call',
      times: Math.ceil(kills * 0.1),
      async once(folder, turn) {
        const overwrite = turn % 2 === 1;
        await prepared(folder, overwrite);
        const at = 1 + random(calls);
        const fault = turn % 3 === 0 ? 'torn' : 'kill';
        await tools.ended(tools.start(partsArgs(folder, overwrite), { at, fault, below: folder }));
        const lost = await mended(folder, overwrite);
        return lost && `call ${at}: ${lost}`;
      },
    },
    {
      name: 'parts of a commit killed at a moment',
      times: Math.ceil(kills * 0.1),
      async once(folder, turn) {
        const overwrite = turn % 2 === 1;
        await prepared(folder, overwrite);
        // Two parts at once, and a second attempt at one of them; then the step that takes them, of whatever is there.
        await Promise.all(
          ['0/2', '1/2', '0/2'].map((shard) => tools.killedAfter(shardArgs(folder, overwrite, shard), moment())),
        );
        ms = await bothParts(folder, overwrite);
        await tools.killedAfter(shardArgs(folder, overwrite), moment());
        return mended(folder, overwrite);
      },
    },
  ];
}
