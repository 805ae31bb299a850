import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { FileWriter } from '../../files/writing/fileWriter.ts';
import { StagingFolder } from '../../files/writing/stagingFolder.ts';
import { checkOutput } from '../files/outputPaths.ts';

/* Exports are new folders, whole or not at all. */

/** A file of an export. */
export interface ExportedFile {
  /** Its path in the folder. */
  readonly file: string;
  /** Of a table; of an event file the steps. */
  readonly rows: number;
}

/** @throws InputError when the folder is there, or cannot be made beside the record that is exported */
export async function checkNewFolder(out: string, record: string): Promise<void> {
  if (await exists(out)) throw new InputError(`${quotedPath(resolve(out))} exists already: choose another place.`);
  await checkOutput({ what: 'export', path: out, kind: 'folder' }, [record], false);
}

/**
 * @param files by their paths in the folder, at most one folder deep; each is asked for when those before it are written
 * @throws InputError when the place cannot be written
 */
export async function writeNewFolder(out: string, files: Iterable<readonly [string, Uint8Array]>): Promise<void> {
  const staging = await StagingFolder.create(out, false, 0);
  try {
    for (const [name, bytes] of files) {
      if (dirname(name) !== '.') await staging.makeSubfolder(dirname(name));
      const writer = new FileWriter(join(staging.path, name), join(staging.target, name), false);
      try {
        writer.write(bytes);
        await writer.sync();
      } finally {
        writer.close();
      }
    }
    await staging.publish();
  } catch (error) {
    await staging.discard();
    throw error;
  }
}
