import { InputError } from '../errors.ts';
import { folderContents } from './folder/folderContents.ts';
import { folderKind } from './folder/folderKind.ts';
import { notACheckpoint } from './folder/locateCheckpoint.ts';

/* Looks at what a checkpoint's folder holds before anything in it is read, and says what is missing. */

/** What a folder holds, by the names that matter. */
export interface CheckpointFolder {
  /** Absolute path, symlinks kept. */
  readonly folder: string;
  readonly names: ReadonlySet<string>;
  /** A single file goes before an index, as in transformers. */
  readonly layout: 'single' | 'sharded';
}

/**
 * Looks at what a folder holds, before anything of it is read.
 *
 * @throws InputError when it is no full checkpoint in safetensors with config.json
 */
export async function checkpointFolder(path: string): Promise<CheckpointFolder> {
  const contents = await folderContents(path);
  const { folder, names } = contents;
  const kind = folderKind(contents);
  if (kind.kind !== 'checkpoint') throw new InputError(notACheckpoint(contents, kind));
  if (!names.has('config.json')) {
    throw new InputError(`"${folder}" lacks config.json; copy it from the checkpoint that training began from.`);
  }
  return { folder, names, layout: kind.layout };
}
