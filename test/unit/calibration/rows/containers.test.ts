import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromJson } from '../../../../src/calibration/chat/jinja/values/json.ts';
import { Undefined } from '../../../../src/calibration/chat/jinja/values/values.ts';
import { allRows, allValues, chosenValues, rowFixtures, sameRows } from './rowFixtures.ts';

describe('rows of a calibration file', () => {
  const lines = readFileSync(join(rowFixtures, 'rows.jsonl'), 'utf8').trimEnd().split('\n');
  const expected = lines.map((line) => fromJson(line));

  it('are there', () => {
    assert.equal(expected.length, 60);
    assert.equal(sameRows.length, 16);
  });

  for (const name of sameRows) {
    it(`${name}: are those that Python wrote, all and a part of them`, async () => {
      const path = join(rowFixtures, name);
      assert.deepEqual(await allValues(path), expected);
      const chosen = (_: unknown, index: number) => index % 7 === 3 || index % 11 === 0 || index === 59;
      assert.deepEqual(await chosenValues(path, chosen), expected.filter(chosen));
      const rows = await allRows(path);
      const unit = /parquet/.test(name) ? 'row' : /jsonl/.test(name) ? 'line' : 'element';
      assert.deepEqual(
        rows.map((row) => `${row.unit} ${row.number}`),
        expected.map((_, i) => `${unit} ${i + 1}`),
      );
    });
  }

  it('keep what JSON has not: times as texts, whole numbers of any size, bytes that are no text by name', async () => {
    const [first, second] = await allValues(join(rowFixtures, 'other-kinds.parquet'));
    const bytes = new Undefined('the column "bytes" holds bytes, not text');
    assert.deepEqual(
      first,
      new Map<string, unknown>([
        ['at', '2024-02-29T23:59:58.123456'],
        ['ms', '2024-02-29T23:59:58.120'],
        ['ns', '1970-01-01T00:00:00.000000001'],
        ['day', '1969-12-31'],
        ['bytes', bytes],
        ['text_bytes', 'hello'],
        ['u64', 2n ** 64n - 1n],
        ['u32', 2n ** 32n - 1n],
        ['u8', 255n],
        ['half', 1.5],
        ['money', 12.5],
        [
          'map',
          new Map([
            ['a', 1n],
            ['b', 2n],
          ]),
        ],
        ['choice', 'yes'],
        ['nothing', null],
        ['fixed', [1n, 2n]],
      ]),
    );
    assert.deepEqual(
      ['at', 'ms', 'ns', 'bytes', 'map', 'u32'].map((name) => (second as ReadonlyMap<string, unknown>).get(name)),
      ['1901-01-01T00:00:00', null, '1969-12-31T23:59:59.999999999', null, new Map(), null],
    );
  });
});
