import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair } from '../../../src/checkpoint/pair.ts';
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

/** Every path below a folder, hidden ones too. */
export function listing(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}
