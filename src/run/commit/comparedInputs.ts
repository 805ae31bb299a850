import { type Checkpoint, sourcesOf } from '../../checkpoint/checkpoint.ts';
import { InputError } from '../../errors.ts';
import { type FileToHash, hashFiles } from '../../files/hashing/hashFiles.ts';
import { modifiedMs } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shown } from '../../files/reading/shown.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/* Holds the files of a checkpoint to those that a record was made from. */

type RecordedCheckpoint = RunRecord['inputs']['sft'];

/** By what a file was found to be the record's. */
export type Compared = 'SHA-256' | 'size and modification time';

/** A checkpoint as the record lists it, and by what each file was found to be the same today. */
export interface ComparedCheckpoint extends RecordedCheckpoint {
  readonly files: (RecordedCheckpoint['files'][number] & { readonly compared: Compared })[];
}

/**
 * Checks that a checkpoint still is what the record was made from. Small files are hashed; weights, which take 0.5 s of
 * CPU per GB, only where size or time differ, so that a checkpoint that was copied is still known.
 *
 * @throws InputError naming the file that is another; ChangedInput for one that changes meanwhile
 * @throws Interrupted on abort
 */
export async function comparedCheckpoint(
  checkpoint: Checkpoint,
  recorded: RecordedCheckpoint,
  signal: AbortSignal,
): Promise<ComparedCheckpoint> {
  const { files: own, weights } = sourcesOf(checkpoint);
  const files: ComparedCheckpoint['files'] = [];
  const unsure: FileToHash[] = [];
  const expected: string[] = [];
  const other = (path: string) =>
    new InputError(`"${path}" is not the file that the record was made from: attribute again.`);
  for (const file of recorded.files) {
    const { name, bytes, modified } = file;
    const now = own.find((each) => each.name === name);
    if (now === undefined) {
      throw new InputError(`"${checkpoint.folder}" no longer holds ${shown(name)}, which the record was made from.`);
    }
    const { path, identity } = now;
    const untouched = identity.bytes === bytes && new Date(modifiedMs(identity)).toISOString() === modified;
    if (untouched && weights.has(name)) {
      files.push({ ...file, compared: 'size and modification time' });
      continue;
    }
    if (identity.bytes !== bytes) throw other(path);
    unsure.push({ path, identity, kind: inputKinds.weights });
    expected.push(file.sha256);
    files.push({ ...file, compared: 'SHA-256' });
  }
  for (const [i, sha256] of (await hashFiles(unsure, signal)).entries()) {
    if (sha256 !== expected[i]) throw other(unsure[i]!.path);
  }
  return { ...recorded, files };
}
