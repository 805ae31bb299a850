import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { stormedFiles } from '../stormed.ts';

/* What must be true of a checkpoint and its record, whatever happened while parts of a commit were written and taken. */

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Reads all of a committed checkpoint.
 *
 * @returns hashes by name of the files that do not say when they were made
 * @throws Error where it is not whole by its own manifest
 */
export async function wholeCheckpoint(folder: string): Promise<string> {
  await openCheckpoint(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'rejuvenation.json'), 'utf8')) as {
    readonly files: readonly { readonly name: string; readonly sha256: string }[];
  };
  const there = readdirSync(folder).sort().join();
  const listed = [...manifest.files.map(({ name }) => name), 'rejuvenation.json'].sort().join();
  if (there !== listed) throw new Error(`${folder} holds ${there}, and its manifest lists ${listed}`);
  for (const file of manifest.files) {
    if (sha256(readFileSync(join(folder, file.name))) !== file.sha256) throw new Error(`${file.name} is another`);
  }
  const lasting = manifest.files.filter(({ name }) => name !== 'README.md');
  return JSON.stringify(lasting.map((file) => [file.name, file.sha256]).sort());
}

/** What a commit may leave: the checkpoint before it, and the new one. */
export interface Allowed {
  /** As {@link wholeCheckpoint} has it; undefined where there was none. */
  readonly old: string | undefined;
  readonly whole: string;
  /** SHA-256 of the record's arrays. */
  readonly arrays: string;
}

/** @returns what is wrong with what a commit in parts left behind when it was hit, in words */
export async function halfDone(folder: string, { old, whole, arrays }: Allowed): Promise<string | undefined> {
  const { record, out } = stormedFiles(folder);
  const { record: read } = await readRecord(record);
  if (read.arrays.sha256 !== arrays) return 'the record is another';
  if (!existsSync(out)) {
    // Between two renames an old one lies aside, and comes back.
    return old === undefined && read.checkpoints.length > 0 ? 'a checkpoint is listed that is not there' : undefined;
  }
  const found = await wholeCheckpoint(out);
  return found === whole || found === old ? undefined : 'the checkpoint is neither the old nor the new one';
}
