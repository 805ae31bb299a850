import { basename } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { program } from '../../settings/programInfo.ts';
import { checkNewFolder, type ExportedFile, writeNewFolder } from './newFolder.ts';
import { recordTables, type TableColumn } from './recordColumns.ts';

/* Writes a run record as Parquet, a file a table, for programs that read tables. */

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

/**
 * Writes `neurons.parquet`, `tokens.parquet` and `measurements.parquet` into a new folder, whole or not at all.
 *
 * @param path of the run record
 * @param out the folder, which must not exist
 * @throws InputError when the record cannot be read or the place cannot be written
 */
export async function exportRecord(path: string, out: string): Promise<readonly ExportedFile[]> {
  await checkNewFolder(out, path);
  const open = await readRecord(path);
  const tables = [...recordTables(open)].map(([name, columns]) => ({ file: `${name}.parquet`, columns }));
  // A table at a time: as Parquet it takes as much room again.
  const files = function* (): Iterable<readonly [string, Uint8Array]> {
    for (const { file, columns } of tables) yield [file, parquetBytes(columns, open)];
  };
  await writeNewFolder(out, files());
  return tables.map(({ file, columns }) => ({ file, rows: columns[0]!.data.length }));
}
