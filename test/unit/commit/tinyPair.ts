import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair } from '../../../src/checkpoint/pair.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions } from '../../../src/commit/commitOptions.ts';
import { type TinyOptions, writeTiny } from '../checkpoint/tinyCheckpoint.ts';

const fill = (byte: number) => ({ 'model.norm.weight': byte, 'lm_head.weight': byte });

/** Writes `folder`/base and `folder`/sft. */
export async function writeTinyPair(folder: string, options: TinyOptions = {}): Promise<void> {
  await writeTiny(join(folder, 'base'), { ...options, fill: fill(0x3f) });
  await writeTiny(join(folder, 'sft'), { ...options, fill: fill(0x40) });
}

export async function openPair(folder: string): Promise<CheckpointPair> {
  return checkPair(await openCheckpoint(join(folder, 'base')), await openCheckpoint(join(folder, 'sft')));
}

/** Options for a plain commit into `folder`/out. */
export function plainCommit(folder: string, pair: CheckpointPair): CommitOptions {
  return {
    pair,
    alpha: 0.5,
    resetSet: new Map(),
    out: join(folder, 'out'),
    overwrite: false,
    manifest: (files) => ({ files }),
  };
}

/** Writes a pair into `folder`; options for a plain commit of it. */
export async function preparedCommit(folder: string, options: TinyOptions = {}): Promise<CommitOptions> {
  await writeTinyPair(folder, options);
  return plainCommit(folder, await openPair(folder));
}

/** What a failed commit says, `folder` being `$`; nothing may be left of it. */
export async function refusedCommit(folder: string, options: CommitOptions): Promise<string> {
  const before = listing(folder);
  const error = await commitCheckpoint(options).then(
    () => assert.fail('committed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.deepEqual(listing(folder), before);
  return `${error.name}: ${error.message.replaceAll(folder, '$')}`;
}

/** What {@link writeOldTarget} puts into the folder. */
export const oldNames = ['config.json', 'old.safetensors', 'old.txt'];

/** Makes a folder that looks like a checkpoint, so that it may be replaced; no new one has an `old.txt`. */
export function writeOldTarget(path: string): void {
  mkdirSync(path);
  for (const name of oldNames) writeFileSync(join(path, name), 'old');
}

/** Every path below a folder, hidden ones too. */
export function listing(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}
