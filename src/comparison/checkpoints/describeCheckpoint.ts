import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint, Shard } from '../../checkpoint/checkpoint.ts';
import { RunError } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { fileSha256 } from '../../files/reading/fileSha256.ts';
import { readAt } from '../../files/reading/readAt.ts';
import type { ComparedCheckpoint } from '../../record/comparison/comparisonRecord.ts';
import { parameterCount } from '../../record/run/resetReport.ts';
import { stepOf } from './checkpointSeries.ts';

/* Describes a checkpoint's files as comparison records keep them, and notices when they have changed. */

type WeightFile = ComparedCheckpoint['files'][number];

async function weightFile({ name, path, dataStart }: Shard): Promise<WeightFile> {
  try {
    const { size, mtimeMs } = await stat(path);
    const handle = await open(path, 'r');
    try {
      const header = await readAt(handle, 0, dataStart);
      const headerSha256 = createHash('sha256').update(header).digest('hex');
      return { name, bytes: size, modified: new Date(Math.trunc(mtimeMs)).toISOString(), headerSha256 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readFault(error, path);
  }
}

/** Sizes, times and header hashes of a checkpoint's weight files. @throws InputError when one cannot be read */
export function weightFiles(checkpoint: Pick<Checkpoint, 'shards'>): Promise<WeightFile[]> {
  return Promise.all(checkpoint.shards.map(weightFile));
}

/**
 * A checkpoint as comparison records name it.
 *
 * @param name short and unlike the others'
 * @throws InputError when a file cannot be read
 */
export async function describeCheckpoint(checkpoint: Checkpoint, name: string): Promise<ComparedCheckpoint> {
  const step = stepOf(checkpoint.folder);
  return {
    name,
    folder: checkpoint.folder,
    ...(step === undefined ? {} : { step }),
    parameters: parameterCount(checkpoint),
    files: await weightFiles(checkpoint),
    configSha256: await fileSha256(join(checkpoint.folder, 'config.json')),
    tokenizerSha256: await fileSha256(checkpoint.tokenizerPath),
  };
}

/**
 * Why a checkpoint's files are not those that were compared; undefined when they are.
 *
 * @param known as recorded
 * @param now the files of the same folder today
 */
export function changedFile(known: readonly WeightFile[], now: readonly WeightFile[]): string | undefined {
  const found = new Map(now.map((file) => [file.name, file]));
  for (const { name, bytes, modified, headerSha256 } of known) {
    const file = found.get(name);
    if (file === undefined) return `"${name}" is gone`;
    if (file.bytes !== bytes || file.modified !== modified || file.headerSha256 !== headerSha256) {
      return `"${name}" has changed`;
    }
  }
  return now.length === known.length ? undefined : 'it has other weight files';
}

/** @throws RunError when a weight file changed since it was described */
export async function checkUnchanged(checkpoint: Checkpoint, described: ComparedCheckpoint): Promise<void> {
  const change = changedFile(described.files, await weightFiles(checkpoint));
  if (change === undefined) return;
  throw new RunError(
    `"${checkpoint.folder}" changed while it was compared (${change}): compare again once it is complete.`,
  );
}
