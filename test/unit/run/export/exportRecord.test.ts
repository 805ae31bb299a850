import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { InputError } from '../../../../src/errors.ts';
import { readRecord } from '../../../../src/record/run/recordFile.ts';
import { exportRecord } from '../../../../src/run/export/exportRecord.ts';
import { RecordOnDisk } from '../../record/recordOnDisk.ts';

function fileOf(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

describe('a run record as Parquet', () => {
  let disk: RecordOnDisk;
  let out: string;
  beforeEach(async () => {
    disk = new RecordOnDisk();
    out = join(disk.folder, 'tables');
    await disk.write();
  });
  afterEach(() => disk.remove());

  it('has what the record has, row by row, and names it', async () => {
    const { arrays, layout, record } = await readRecord(disk.path);
    assert.deepEqual(await exportRecord(disk.path, out), [
      { file: 'neurons.parquet', rows: layout.total },
      { file: 'tokens.parquet', rows: 5 },
      { file: 'measurements.parquet', rows: 10 },
    ]);
    assert.deepEqual(readdirSync(out).sort(), ['measurements.parquet', 'neurons.parquet', 'tokens.parquet']);
    const read = (name: string) => parquetReadObjects({ file: fileOf(join(out, `${name}.parquet`)) });
    const neurons = await read('neurons');
    for (const { layer, projection, offset, width } of layout.modules) {
      const rows = neurons.slice(offset, offset + width);
      assert.deepEqual(
        new Set(rows.map((row) => `${row['layer']} ${row['projection']}`)),
        new Set([`${layer} ${projection}`]),
      );
      for (const name of ['best_rank', 'hits', 'mean_score', 'max_score']) {
        const expected = Array.from(arrays.get(`layers.${layer}.${projection}.${name}`)!);
        assert.deepEqual(
          rows.map((row) => row[name]),
          expected,
          `${projection}, ${name}`,
        );
      }
    }
    const tokens = await read('tokens');
    assert.deepEqual(
      tokens.map(({ token }) => token),
      [3, 4, 5, 7, 8],
    );
    assert.deepEqual(
      tokens.map(({ text }) => text),
      ['\n', '\u202e', 'e', 'g', 'h'],
    );
    assert.deepEqual(
      tokens.map(({ row }) => row),
      [1, 2, 3, 0, 1],
    );
    assert.deepEqual(
      tokens.map(({ target }) => target),
      [true, false, true, true, true],
    );
    const measured = await read('measurements');
    assert.deepEqual(
      measured.map(({ checkpoint }) => checkpoint),
      [...'base '.repeat(5).split(' ', 5), ...'sft '.repeat(5).split(' ', 5)],
    );
    assert.deepEqual(
      measured.map(({ position }) => position),
      [0, 1, 2, 3, 4, 0, 1, 2, 3, 4],
    );
    assert.deepEqual(
      measured.map(({ nll }) => nll),
      new Array(10).fill(1.25),
    );
    const { key_value_metadata: about } = parquetMetadata(fileOf(join(out, 'tokens.parquet')));
    const [{ value } = { value: '' }] = about?.filter(({ key }) => key === 'rejuvenation') ?? [];
    assert.deepEqual(JSON.parse(value ?? ''), { record: 'a.rejuvenation.json', arraysSha256: record.arrays.sha256 });
  });

  it('replaces nothing, and is not there of a damaged record', async () => {
    await exportRecord(disk.path, out);
    await assert.rejects(exportRecord(disk.path, out), /exists already: choose another place\.$/);
    const other = join(disk.folder, 'other');
    disk.editJson((json) => {
      json.arrays.sha256 = '0'.repeat(64);
    });
    await assert.rejects(exportRecord(disk.path, other), InputError);
    await assert.rejects(exportRecord(disk.path, join(disk.folder, 'no', 'where')), InputError);
    assert.ok(!existsSync(other));
    assert.deepEqual(
      readdirSync(disk.folder).filter((name) => name.startsWith('.')),
      [],
    );
  });
});
