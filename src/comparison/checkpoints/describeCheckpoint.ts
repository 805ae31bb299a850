import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Checkpoint, Shard } from '../../checkpoint/checkpoint.ts';
import { stepOf } from '../../checkpoint/folder/stepName.ts';
import { ChangedInput, isSame, modifiedMs } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { hashInput, withInput } from '../../files/reading/readInput.ts';
import { shown } from '../../files/reading/shown.ts';
import type { ComparedCheckpoint } from '../../record/comparison/comparisonRecord.ts';
import { parameterCount } from '../../record/run/resetReport.ts';

/* Describes a checkpoint's files as comparison records keep them, and notices when they have changed. */

type WeightFile = ComparedCheckpoint['files'][number];

function weightFile({ name, path, dataStart, identity }: Shard): Promise<WeightFile> {
  return withInput(path, inputKinds.weights, async (handle, opened) => {
    if (!isSame(opened, identity)) throw new ChangedInput(path, 'after its header was read');
    const header = await readAt(handle, 0, dataStart);
    const headerSha256 = createHash('sha256').update(header).digest('hex');
    return { name, bytes: identity.bytes, modified: new Date(modifiedMs(identity)).toISOString(), headerSha256 };
  });
}

/**
 * Sizes, times and header hashes of a checkpoint's weight files.
 *
 * @throws InputError when one cannot be read; ChangedInput when it is not the one whose header was read
 */
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
  const { tokenizerPath } = checkpoint;
  return {
    name,
    folder: checkpoint.folder,
    ...(step === undefined ? {} : { step }),
    parameters: parameterCount(checkpoint),
    files: await weightFiles(checkpoint),
    configSha256: (await hashInput(join(checkpoint.folder, 'config.json'), inputKinds.config)).sha256,
    ...(tokenizerPath !== undefined && {
      tokenizerSha256: (await hashInput(tokenizerPath, inputKinds.tokenizer)).sha256,
    }),
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
    if (file === undefined) return `${shown(name)} is gone`;
    if (file.bytes !== bytes || file.modified !== modified || file.headerSha256 !== headerSha256) {
      return `${shown(name)} has changed`;
    }
  }
  return now.length === known.length ? undefined : 'it has other weight files';
}
