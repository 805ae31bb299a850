import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readComparison, readComparisonJson } from '../../../../src/record/comparison/comparisonFile.ts';
import { stagedName } from '../../files/stagedName.ts';
import { tinyComparison, writeTinyComparison } from '../tinyComparison.ts';

/* The two files of a comparison record: written, read, kept side by side. */

type Json = Record<string, unknown>;

describe('comparison record', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    path = join(folder, 'tiny.comparison.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const arraysPath = () => join(folder, 'tiny.comparison.safetensors');
  const parsed = (): Json => JSON.parse(readFileSync(path, 'utf8'));

  it('comes back as it was written', async () => {
    const written = await writeTinyComparison(path);
    const { record, arrays } = await readComparison(path);
    assert.deepEqual(record, written);
    assert.equal(arrays.path, arraysPath());
    assert.deepEqual((await readdir(folder)).sort(), ['tiny.comparison.json', 'tiny.comparison.safetensors']);
  });

  it('reads a record of version 2, which has neither dtypes nor sign flips nor spectra', async () => {
    await writeTinyComparison(path);
    writeFileSync(path, JSON.stringify({ ...tinyComparison(), version: 2 }));
    const { record } = await readComparison(path);
    assert.equal(record.version, 3);
    assert.equal(record.tensors[0]!.dtypes, undefined);
    assert.equal(record.differences[0]![0]!.spectrum, undefined);
  });

  it('refuses a name given twice, deep nesting and no JSON', async () => {
    for (const [text, message] of [
      ['{"schema": 1, "schema": 2}', /uses the name "schema" twice/],
      ['['.repeat(100) + ']'.repeat(100), /nests deeper than 64/],
      ['{"schema":', /is not valid JSON/],
    ] as const) {
      writeFileSync(path, text);
      await assert.rejects(readComparisonJson(path), message);
    }
  });

  it('needs its arrays beside it, under their name', async () => {
    await writeTinyComparison(path);
    await copyFile(path, join(folder, 'other.comparison.json'));
    await assert.rejects(
      readComparison(join(folder, 'other.comparison.json')),
      /belongs to the arrays file "tiny.comparison.safetensors": a record's two files must keep their names/,
    );
    await rename(arraysPath(), join(folder, 'gone'));
    await assert.rejects(readComparison(path), /arrays file ".*" is missing: keep both files side by side/);
  });

  it('refuses arrays that are cut off, of another record, or of other shapes', async () => {
    await writeTinyComparison(path);
    const json = readFileSync(path);
    await truncate(arraysPath(), readFileSync(arraysPath()).length - 4);
    await assert.rejects(readComparison(path), /is truncated/);
    await writeTinyComparison(path, (record) => Object.assign(record.arrays, { id: 'another' }));
    writeFileSync(path, json);
    await assert.rejects(readComparison(path), /do not belong together/);
    await writeTinyComparison(path, (record) => {
      record.tensors[1] = { ...record.tensors[1]!, name: 'model.norm.weight' };
      delete record.output;
    });
    writeFileSync(path, json);
    await assert.rejects(readComparison(path), /lacks the array "samples.ids"/);
  });

  it('takes up the JSON of a write that was cut off between its two files', async () => {
    await writeTinyComparison(path);
    const old = readFileSync(path);
    await writeTinyComparison(path, (record) => {
      Object.assign(record.arrays, { id: 'newer' });
      record.notes.push('newer');
    });
    // As the machine stopped after the arrays had taken their name.
    await rename(path, stagedName(path));
    writeFileSync(path, old);
    const { record } = await readComparison(path);
    assert.equal(record.arrays.id, 'newer');
    assert.deepEqual(record.notes, ['line 2 was skipped', 'newer']);
  });

  it('holds JSON that reads line by line: one a field, one a tensor’s difference', async () => {
    await writeTinyComparison(path);
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.equal(lines.filter((line) => line.startsWith('{"norm":')).length, 6);
    assert.deepEqual(Object.keys(parsed()), Object.keys(tinyComparison()));
  });

  it('must be named NAME.comparison.json', async () => {
    await assert.rejects(
      readComparison(join(folder, 'a.json')),
      /The comparison record ".*a\.json" must be named NAME\.comparison\.json\./,
    );
  });
});
