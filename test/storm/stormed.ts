import { join } from 'node:path';
import { attributionRun } from '../../src/run/attributionRun.ts';
import { type CommitOptions, commitRun } from '../../src/run/commitRun.ts';
import { commitShardRun } from '../../src/run/commitShardRun.ts';
import type { RunEvent } from '../../src/run/progress/runEvents.ts';
import { mergeShards } from '../../src/run/shards/mergeShards.ts';
import { shardRun } from '../../src/run/shards/shardRun.ts';
import { defaultSettings } from '../../src/settings/runSettings.ts';
import { checkpointFixtures } from '../paths.ts';
import { GoldenEngine } from '../unit/run/goldenEngine.ts';

/*
 * What the storm tests kill and fail: an attribution run, with a score file, and a commit of its record, whole or in parts, of
 * a tiny checkpoint and with all that they write in one folder. As a program:
 * `stormed.ts attribute|shards|commit|parts FOLDER [overwrite]`.
 */

const name = 'tiny-qwen2-tied';
/** Has four weight files, to be dealt to parts. */
export const manyFiles = 'tiny-qwen3-untied-sharded';

export interface StormedFiles {
  readonly record: string;
  readonly scores: string;
  readonly out: string;
  /** Where parts of a commit lie until they are taken. */
  readonly parts: string;
}

export function stormedFiles(folder: string): StormedFiles {
  return {
    record: join(folder, 'a.rejuvenation.json'),
    scores: join(folder, 'scores.safetensors'),
    out: join(folder, 'out'),
    parts: join(folder, 'out.parts'),
  };
}

export async function stormedRun(folder: string, overwrite: boolean, pair = name): Promise<void> {
  const { record, scores } = stormedFiles(folder);
  const checkpoint = join(checkpointFixtures, pair);
  const engine = await GoldenEngine.open(pair);
  await attributionRun(
    {
      inputs: {
        base: join(checkpoint, 'base'),
        sft: join(checkpoint, 'sft'),
        calibration: [join(checkpointFixtures, 'tiny-calibration.jsonl')],
      },
      outputs: { record, scores },
      settings: { ...defaultSettings, rho: 0.02, topN: 3 },
      overwrite,
    },
    { signal: new AbortController().signal, onEvent: () => undefined, startEngine: async () => engine },
  );
}

/** All shards of a run, two of them, and their merging; what is there already is passed over. */
export async function stormedShards(folder: string, overwrite = false): Promise<void> {
  const record = join(folder, 'a.rejuvenation.json');
  const partials = join(folder, 'shards');
  const checkpoint = join(checkpointFixtures, name);
  const inputs = {
    base: join(checkpoint, 'base'),
    sft: join(checkpoint, 'sft'),
    calibration: [join(checkpointFixtures, 'tiny-calibration.jsonl')],
  };
  const settings = { ...defaultSettings, rho: 0.02, topN: 3, memoryBytes: 1e9, threads: 1 };
  const engine = await GoldenEngine.open(name);
  const context = { signal: new AbortController().signal, onEvent: () => undefined, startEngine: async () => engine };
  const count = 2;
  // What waits for the others' measures the first time is attributed the second time.
  for (let i = 0; i < 2 * count; i++) {
    const shard = { index: i % count, count };
    await shardRun({ inputs, record, settings, overwrite, shard, partials }, context);
  }
  await mergeShards({ partials: [partials], record, overwrite, keep: false }, context);
}

/** Where what is done on the way goes, and what it said. */
function listening() {
  const said: string[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.type === 'note') said.push(event.text);
  };
  return { said, context: { signal: new AbortController().signal, onEvent } };
}

/**
 * @param more another alpha than the record's, say
 * @returns what it said besides its result
 */
export async function stormedCommit(
  folder: string,
  overwrite: boolean,
  more: Partial<CommitOptions> = {},
): Promise<string[]> {
  const { record, out } = stormedFiles(folder);
  const { said, context } = listening();
  await commitRun({ record, out, overwrite, ...more }, context);
  return said;
}

/** All parts of a commit, two of them, and the step that takes them. @returns what it said besides its result */
export async function stormedParts(folder: string, overwrite: boolean): Promise<string[]> {
  const { record, out, parts: partials } = stormedFiles(folder);
  const { context } = listening();
  const count = 2;
  for (let index = 0; index < count; index++) {
    await commitShardRun({ record, out, overwrite, partials, part: { index, count } }, context);
  }
  return stormedCommit(folder, overwrite, { partials });
}

if (process.argv[1] === import.meta.filename) {
  const [work, folder, overwrite] = process.argv.slice(2) as [string, string, string?];
  const works = { attribute: stormedRun, shards: stormedShards, commit: stormedCommit, parts: stormedParts };
  await works[work as keyof typeof works](folder, overwrite === 'overwrite');
}
