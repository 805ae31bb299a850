import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { readSafetensorsHeader } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { InputError } from '../../../src/errors.ts';
import { shown, shownShape } from '../../../src/files/reading/shown.ts';
import { readRecordJson } from '../../../src/record/run/recordFile.ts';
import { rawSafetensors, writeTiny } from './tinyCheckpoint.ts';

const many = 1_000_000;
const long = 'x'.repeat(many);
const zeros = `[${'0,'.repeat(many)}0]`;

/** Headers that are far larger than what they say. */
const headers: Readonly<Record<string, string>> = {
  'a shape of a million axes': `{"a": {"dtype": "F32", "shape": ${zeros}, "data_offsets": [0, 0]}}`,
  'a shape that is none': `{"a": {"dtype": "F32", "shape": ["${long}"], "data_offsets": [0, 0]}}`,
  'offsets without end': `{"a": {"dtype": "F32", "shape": [0], "data_offsets": ${zeros}}}`,
  'a long name': `{"${long}": {"dtype": "F32", "shape": [1], "data_offsets": [0, 0]}}`,
  'a long dtype': `{"a": {"dtype": "${long}", "shape": [1], "data_offsets": [0, 0]}}`,
  'a long name given twice': `{"${long}": 1, "${long}": 1}`,
  'long metadata': `{"__metadata__": {"${long}": 1}}`,
  'what is no JSON': `{"${long}`,
};

describe('hostile sizes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sizes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function said(reading: Promise<unknown>): Promise<string> {
    const error: unknown = await reading.then(
      () => assert.fail('read'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof InputError);
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
    return error.message.replaceAll(folder, 'DIR');
  }

  for (const [what, header] of Object.entries(headers)) {
    it(`a header with ${what} gives a short sentence`, async () => {
      const path = join(folder, 'model.safetensors');
      writeFileSync(path, rawSafetensors(header, 0));
      await said(readSafetensorsHeader(path));
    });
  }

  it("refuses a checkpoint's header beyond any model's before it is parsed", async () => {
    await writeTiny(folder);
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, rawSafetensors(`{${' '.repeat(32_000_000)}}`, 0));
    assert.equal(
      await said(openCheckpoint(folder)),
      `"DIR/model.safetensors" is refused: its header has 32,000,002 bytes, more than the 32,000,000 bytes expected of a checkpoint's.`,
    );
    writeFileSync(path, rawSafetensors(`{"a": [${'0,'.repeat(2_000_000)}0]}`, 0));
    assert.equal(
      await said(openCheckpoint(folder)),
      `The header of "DIR/model.safetensors" is refused: its JSON holds more than the 2,000,000 names and values expected of it.`,
    );
  });

  it('gives short sentences for configurations and indexes', async () => {
    for (const config of [
      { model_type: long },
      { model_type: 'llama', hidden_size: long },
      { model_type: 'llama', [long]: 1 },
    ]) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await writeTiny(folder);
      writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
      await said(openCheckpoint(folder));
    }
  });

  it('gives short sentences for records', async () => {
    const path = join(folder, 'a.rejuvenation.json');
    const head = { schema: 'rejuvenation-run', version: 1 };
    for (const record of [
      { [long]: 1 },
      { ...head, [long]: 1 },
      { ...head, arrays: { [long]: 1 } },
      { schema: long },
    ]) {
      writeFileSync(path, JSON.stringify(record));
      await said(readRecordJson(path));
    }
  });

  it('quotes the beginning of what is long as JSON.stringify would, and what is short whole', () => {
    for (const value of [1, null, true, 'a"b\n', [1, ['x'], {}], { a: { b: [] }, 'c d': null }, [], {}]) {
      assert.equal(shown(value), JSON.stringify(value));
    }
    assert.equal(shown(undefined), 'undefined');
    const value = { list: Array.from({ length: 1000 }, (_, i) => ({ [`name ${i}`]: 'y'.repeat(i) })) };
    assert.equal(shown(value), `${JSON.stringify(value).slice(0, 120)}…`);
    assert.equal(shown('é'.repeat(500)), `"${'é'.repeat(119)}…`);
    assert.equal(shownShape([2, 3]), '[2, 3]');
    assert.equal(shownShape(Array.from({ length: 9 }, () => 1)), '[1, 1, 1, 1, 1, 1, 1, 1, … 9 in all]');
  });
});
