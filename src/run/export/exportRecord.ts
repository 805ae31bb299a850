import { basename, join, resolve } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { FileWriter } from '../../files/writing/fileWriter.ts';
import { StagingFolder } from '../../files/writing/stagingFolder.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { program } from '../../settings/programInfo.ts';
import { checkOutput } from '../files/outputPaths.ts';
import { recordTables, type TableColumn } from './recordColumns.ts';

/* Writes a run record as Parquet, a file a table, for programs that read tables. */

/** A file of an export. */
export interface ExportedTable {
  readonly file: string;
  readonly rows: number;
}

/** A table as a Parquet file; its metadata names the record and the hash of its arrays. */
function parquetBytes(columns: readonly TableColumn[], { path, record }: OpenRecord): Uint8Array {
  const about = { record: basename(path), arraysSha256: record.arrays.sha256 };
  const columnData = columns.map(({ name, type, data }) => ({
    ...{ name, type, nullable: false },
    data: data instanceof Int32Array || data instanceof Float32Array ? data : [...data],
  }));
  const createdBy = `${program.name} version ${program.version}`;
  return new Uint8Array(
    parquetWriteBuffer({ columnData, createdBy, kvMetadata: [{ key: 'rejuvenation', value: JSON.stringify(about) }] }),
  );
}

async function writeTable(staging: StagingFolder, name: string, bytes: Uint8Array): Promise<void> {
  const writer = new FileWriter(join(staging.path, name), join(staging.target, name), false);
  try {
    writer.write(bytes);
    await writer.sync();
  } finally {
    writer.close();
  }
}

/**
 * Writes `neurons.parquet`, `tokens.parquet` and `measurements.parquet` into a new folder, whole or not at all.
 *
 * @param path of the run record
 * @param out the folder, which must not exist
 * @throws InputError when the record cannot be read or the place cannot be written
 */
export async function exportRecord(path: string, out: string): Promise<readonly ExportedTable[]> {
  if (await exists(out)) throw new InputError(`${quotedPath(resolve(out))} exists already: choose another place.`);
  const open = await readRecord(path);
  await checkOutput({ what: 'export', path: out, kind: 'folder' }, [open.path], false);
  const tables = recordTables(open);
  const staging = await StagingFolder.create(out, false, 0);
  try {
    const written: ExportedTable[] = [];
    for (const [name, columns] of tables) {
      const file = `${name}.parquet`;
      await writeTable(staging, file, parquetBytes(columns, open));
      written.push({ file, rows: columns[0]!.data.length });
    }
    await staging.publish();
    return written;
  } catch (error) {
    await staging.discard();
    throw error;
  }
}
