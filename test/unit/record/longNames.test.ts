import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readComparison } from '../../../src/record/comparison/comparisonFile.ts';
import { rawSafetensors } from '../checkpoint/tinyCheckpoint.ts';
import { RecordOnDisk } from './recordOnDisk.ts';
import { writeTinyComparison } from './tinyComparison.ts';

/** Found by the storm: what a record quotes of itself may be as long as the record. */
describe('a refusal of a record', () => {
  const long = 'x'.repeat(1e6);
  const most = 1000;
  let disk: RecordOnDisk;
  beforeEach(async () => {
    disk = new RecordOnDisk();
    await disk.write();
  });
  afterEach(() => disk.remove());

  for (const [name, edit] of [
    ['an arrays file', { arrays: { file: long, sha256: '0'.repeat(64) } }],
    ['a field', { [long]: 1 }],
    ['fields', Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`field ${i}`, 1]))],
  ] as const) {
    it(`is short for ${name} without end`, async () => {
      disk.editJson((json) => void Object.assign(json, edit));
      const message = await disk.refusal();
      assert.ok(message.length < most, `${message.length} characters`);
    });
  }

  it('is short for a measurement with a name without end', async () => {
    disk.editJson((json) => {
      const [base] = json.measurements;
      json.measurements.push({ ...base!, name: long, all: { ...base!.all, rows: 1 } });
    });
    assert.ok((await disk.refusal()).length < most);
  });

  it('is short for arrays with names and shapes without end', async () => {
    const shape = Array.from({ length: 20_000 }, () => 1);
    for (const [array, sizes] of [
      [long, [1]],
      ['samples.ids', shape],
    ] as const) {
      const header = JSON.stringify({ [array]: { dtype: 'I32', shape: sizes, data_offsets: [0, 4] } });
      disk.editArrays(() => undefined);
      writeFileSync(disk.arraysPath, rawSafetensors(header, 4));
      disk.editJson((json) => {
        json.arrays.sha256 = disk.arraysHash();
      });
      assert.ok((await disk.refusal()).length < most);
    }
  });

  it('is short for a comparison that belongs to a file without end', async () => {
    const path = join(disk.folder, 'a.comparison.json');
    await writeTinyComparison(path);
    const json = { ...(await readComparison(path)).record, arrays: { file: long, id: 'an id' } };
    writeFileSync(path, JSON.stringify(json));
    await assert.rejects(readComparison(path), (error: Error) => {
      assert.match(error.message, /belongs to the arrays file "xxx/);
      return error.message.length < most;
    });
  });
});
