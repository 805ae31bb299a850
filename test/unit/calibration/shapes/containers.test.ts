import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CalibrationOptions, readCalibration } from '../../../../src/calibration/calibration.ts';
import { defaultCalibrationSettings } from '../../../../src/settings/calibrationSettings.ts';
import { fixtures } from '../../../paths.ts';

/* Shapes of rows hold in every container, in several files and for drawn rows. */

const rows = join(fixtures, 'rows');
const turn = (role: string, content: string) => ({ role, content });
const talk = (number: number) => ({ messages: [turn('user', `q ${number}`), turn('assistant', `a ${number}`)] });
const lines = (each: readonly unknown[]) => each.map((row) => JSON.stringify(row)).join('\n');

describe('shapes of rows, whatever they lie in', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'containers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (paths: readonly string[], options: Partial<CalibrationOptions> = {}) =>
    readCalibration({
      ...{ paths, samples: 0, seed: 0, maxLength: 4096, vocabSize: 1e6 },
      tokenizerPath: join(fixtures, 'chat', 'chatml.tokenizer.json'),
      templateFolders: [join(fixtures, 'shapes')],
      ...defaultCalibrationSettings,
      ...options,
    });

  const containers = ['array.json', 'rows.jsonl.gz', 'array.json.gz', 'snappy.parquet', 'groups-zstd.parquet'];
  const shapes = ['pair', 'messages'] as const;
  for (const format of shapes) {
    it(`${format}: the same samples from every container`, async () => {
      const expected = await read([join(rows, 'rows.jsonl')], { format });
      assert.ok(expected.samples.length > 5 && expected.reading.skipped > 3);
      assert.equal(expected.reading.rows, 60);
      assert.equal(expected.samples.length, 60 - expected.reading.skipped);
      assert.match(expected.notes[0]!, /^Line \d+ is skipped: /);
      for (const name of containers) {
        const found = await read([join(rows, name)], { format });
        assert.deepEqual(found.samples, expected.samples, name);
        assert.deepEqual({ ...found.reading, sentence: '' }, { ...expected.reading, sentence: '' }, name);
        const unit = name.endsWith('.parquet') ? 'Row' : name.startsWith('array') ? 'Element' : 'Line';
        assert.equal(found.notes[0], expected.notes[0]!.replace('Line', unit), name);
      }
    });
  }

  it('is told by the first row that can be told, drawn or not, and does not hang on the seed', async () => {
    const odd = { messages: [] };
    writeFileSync(at('talks.jsonl'), lines([odd, ...Array.from({ length: 300 }, (_, i) => talk(i))]));
    for (const seed of [0, 1, 2]) {
      const { reading, samples, notes } = await read([at('talks.jsonl')], { samples: 5, seed });
      assert.equal(reading.label, 'conversations ("messages")');
      assert.equal(samples.length, 5);
      assert.equal(notes[0], `The file has 301 rows; 5 drawn by seed ${seed} are used.`);
    }
    // Nothing is told by 32 rows that lack everything.
    writeFileSync(at('nothing.jsonl'), lines([...Array.from({ length: 32 }, () => ({})), talk(0)]));
    await assert.rejects(read([at('nothing.jsonl')]), {
      message: `"${at('nothing.jsonl')}", line 1: it has no fields.`,
    });
  });

  it('rows without a response are replaced by others that are drawn', async () => {
    const silent = { messages: [turn('user', 'nobody answers')] };
    const all = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? talk(i) : silent));
    writeFileSync(at('talks.json'), JSON.stringify(all));
    const { reading, samples, notes } = await read([at('talks.json')], { samples: 20, seed: 1 });
    assert.equal(samples.length, 20);
    assert.ok(samples.every(({ line }) => line % 2 === 1));
    assert.equal(reading.rows, 20 + reading.skipped);
    assert.ok(reading.skipped > 0);
    assert.match(
      notes[0]!,
      /^The file has 200 rows; 20 of \d+ drawn by seed 1 are used, \d+ of those drawn being skipped/,
    );
  });

  it('is one for all files: a row of another is named by its file', async () => {
    const [one, two, three] = ['one.jsonl.gz', 'two.json', 'three.jsonl'].map(at);
    writeFileSync(one!, gzipSync(lines([talk(0), talk(1)])));
    writeFileSync(two!, JSON.stringify([talk(2)]));
    writeFileSync(three!, lines([{ prompt: 'a', response: 'b' }]));
    const { reading, samples, units } = await read([one!, two!]);
    assert.equal(reading.sentence.split(';')[0], '"one.jsonl.gz" and 1 more file: conversations ("messages")');
    assert.deepEqual(
      samples.map(({ file, line }) => [file, line]),
      [
        [0, 1],
        [0, 2],
        [1, 1],
      ],
    );
    assert.deepEqual(units, ['line', 'element']);
    await assert.rejects(read([two!, three!]), {
      message: `"${three}", line 1: there is no field "messages" among "prompt", "response". The rows of "two.json" are conversations ("messages").`,
    });
    // Whether or not a row of it is drawn.
    for (const seed of [0, 1, 2, 3])
      await assert.rejects(read([one!, three!], { samples: 1, seed }), /three.jsonl", line 1/);
  });

  it('is not told by an empty file among several, which a note names', async () => {
    const [one, zero, none] = ['one.jsonl', 'zero.parquet', 'none.json'].map(at);
    writeFileSync(one!, lines([talk(0), talk(1)]));
    writeFileSync(zero!, '');
    writeFileSync(none!, '[]');
    const { samples, notes } = await read([zero!, one!, none!]);
    assert.equal(samples.length, 2);
    assert.deepEqual(notes, ['"zero.parquet" has no rows.', '"none.json" has no rows.']);
  });

  it('is told by a later row of the first of several files, as of a file alone', async () => {
    const [one, two, zero] = ['one.jsonl', 'two.jsonl', 'zero.jsonl'].map(at);
    writeFileSync(one!, lines([{ title: 'none' }, ...Array.from({ length: 300 }, (_, i) => talk(i))]));
    writeFileSync(two!, lines([talk(300)]));
    writeFileSync(zero!, '');
    const { samples, notes } = await read([zero!, one!, two!], { samples: 5, seed: 1 });
    assert.equal(samples.length, 5);
    assert.deepEqual(notes, ['"zero.jsonl" has no rows.', 'The 3 files have 302 rows; 5 drawn by seed 1 are used.']);
    // The first row of a file that has not told the shape is held to it.
    writeFileSync(two!, lines([{ prompt: 'a', response: 'b' }, talk(300)]));
    await assert.rejects(read([one!, two!], { samples: 5, seed: 1 }), /two\.jsonl", line 1/);
  });

  it('is that of a dataset_info.json only where it says the same of all files', async () => {
    const entry = { columns: { prompt: 'q', response: 'a' } };
    const info = { one: { file_name: 'one.jsonl', ...entry }, two: { file_name: 'two.jsonl', ...entry } };
    writeFileSync(at('dataset_info.json'), JSON.stringify(info));
    for (const name of ['one', 'two', 'three']) writeFileSync(at(`${name}.jsonl`), lines([{ q: 'a', a: 'b' }]));
    const { reading } = await read([at('one.jsonl'), at('two.jsonl')]);
    assert.equal(reading.label, 'Alpaca rows ("q", "a")');
    const mixed = [at('three.jsonl'), at('one.jsonl')];
    await assert.rejects(read(mixed), {
      message: `"${at('dataset_info.json')}" says of some calibration files what it does not say of the others: name the shape of all with --format, or give them one by one.`,
    });
    const named = await read(mixed, { promptField: 'q', responseField: 'a' });
    assert.equal(named.samples.length, 2);
    assert.deepEqual(JSON.parse(readFileSync(at('dataset_info.json'), 'utf8')), info);
  });
});
