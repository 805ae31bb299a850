import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { StagedArrays } from '../../../src/record/arrays/stagedArrays.ts';
import { comparisonArraySpecs, comparisonSizes } from '../../../src/record/comparison/comparisonArrays.ts';
import { readComparison, readComparisonJson } from '../../../src/record/comparison/comparisonFile.ts';
import {
  measuredRows,
  measuredSample,
  sampleIds,
  summaryRecord,
  tensorMaps,
} from '../../../src/views/comparison/comparisonParts.ts';
import { stagedName } from '../files/stagedName.ts';
import { tinyArray, tinyComparison, writeTinyComparison } from './tinyComparison.ts';

type Json = Record<string, unknown>;

/** What is changed in a good record, and what is said then; `$` stands for the record's path. */
interface Row {
  readonly name: string;
  readonly change: (record: ReturnType<typeof tinyComparison>) => void;
  readonly message: string;
}

const invalid = '"$" is not a valid comparison record:';
const rows: readonly Row[] = [
  {
    name: 'another schema',
    change: (record) => Object.assign(record, { schema: 'rejuvenation-run' }),
    message: '"$" is not a comparison record of this program.',
  },
  {
    name: 'a newer version',
    change: (record) => Object.assign(record, { version: 4 }),
    message:
      '"$" was made by a newer version of this program (record version 4, this one reads up to 3): update the program.',
  },
  {
    name: 'an unknown field',
    change: (record) => Object.assign(record, { extra: 1 }),
    message: `${invalid} at the whole record: Unrecognized key: "extra".`,
  },
  {
    name: 'one checkpoint',
    change: (record) => record.checkpoints.splice(1),
    message: `${invalid} at checkpoints: Too small: expected array to have >=2 items.`,
  },
  {
    name: 'a name twice',
    change: (record) => Object.assign(record.checkpoints[1]!, { name: 'base' }),
    message: `${invalid} checkpoints has a name twice.`,
  },
  {
    name: 'a pair of a checkpoint that is not there',
    change: (record) => record.pairs.splice(2, 1, { reference: 1, checkpoint: 3 }),
    message: `${invalid} pairs[2] names a checkpoint that is not there.`,
  },
  {
    name: 'a checkpoint with itself',
    change: (record) => record.pairs.splice(2, 1, { reference: 1, checkpoint: 1 }),
    message: `${invalid} pairs[2] names a checkpoint that is not there.`,
  },
  {
    name: 'a pair twice',
    change: (record) => record.pairs.splice(2, 1, { reference: 0, checkpoint: 1 }),
    message: `${invalid} pairs[2] is there twice.`,
  },
  {
    name: 'pairs in another order',
    change: (record) => record.pairs.reverse(),
    message: `${invalid} pairs does not begin with every checkpoint against the first.`,
  },
  {
    name: 'a checkpoint left out',
    change: (record) => record.pairs.splice(1),
    message: `${invalid} pairs leaves a checkpoint out.`,
  },
  {
    name: 'a shape beyond any weight',
    change: (record) => Object.assign(record.tensors[1]!, { shape: [2 ** 40], elements: 2 ** 40 }),
    message: `${invalid} tensors[1] has a shape that no weight has.`,
  },
  {
    name: 'elements that the shape does not make',
    change: (record) => Object.assign(record.tensors[0]!, { elements: 13 }),
    message: `${invalid} tensors[0] has 13 elements, but its shape makes 12.`,
  },
  {
    name: 'a list of differences too few',
    change: (record) => record.differences.splice(2),
    message: `${invalid} differences does not have one list a pair.`,
  },
  {
    name: 'a difference too few',
    change: (record) => record.differences[1]!.splice(1),
    message: `${invalid} differences[1] does not have one entry a tensor.`,
  },
  {
    name: 'a spike outside the tensor',
    change: (record) => Object.assign(record.differences[0]![0]!.spikes[0]!, { at: [3, 0] }),
    message: `${invalid} differences[0][0].spikes lies outside the tensor.`,
  },
  {
    name: 'a spike of a matrix in a vector',
    change: (record) => Object.assign(record.differences[0]![1]!, { maxAbsAt: [0, 0] }),
    message: `${invalid} differences[0][1].maxAbsAt lies outside the tensor.`,
  },
  {
    name: 'a dtype too many',
    change: (record) => Object.assign(record.tensors[0]!, { dtypes: ['BF16', 'BF16', 'BF16', 'F32'] }),
    message: `${invalid} tensors[0] does not have one dtype a checkpoint.`,
  },
  {
    name: 'a spectrum of a vector',
    change: (record) => Object.assign(record.differences[0]![1]!, { spectrum: { singularValues: [], errors: [] } }),
    message: `${invalid} differences[0][1].spectrum is of a vector.`,
  },
  {
    name: 'more singular values than rows',
    change: (record) =>
      Object.assign(record.differences[0]![0]!, {
        spectrum: { singularValues: [1, 1, 1, 1], errors: [0, 0, 0, 0] },
      }),
    message: `${invalid} differences[0][0].spectrum has too many singular values, or not one error each.`,
  },
  {
    name: 'a singular value without its error',
    change: (record) => Object.assign(record.differences[0]![0]!, { spectrum: { singularValues: [1], errors: [] } }),
    message: `${invalid} differences[0][0].spectrum has too many singular values, or not one error each.`,
  },
  {
    name: 'singular values out of order',
    change: (record) =>
      Object.assign(record.differences[0]![0]!, { spectrum: { singularValues: [1, 2], errors: [0, 0] } }),
    message: `${invalid} differences[0][0].spectrum is not in order.`,
  },
  {
    name: 'a singular value above the norm',
    change: (record) => Object.assign(record.differences[0]![0]!, { spectrum: { singularValues: [4], errors: [0] } }),
    message: `${invalid} differences[0][0].spectrum exceeds the norm.`,
  },
  {
    name: 'a negative singular value',
    change: (record) => Object.assign(record.differences[0]![0]!, { spectrum: { singularValues: [-1], errors: [0] } }),
    message: `${invalid} at differences.0.0.spectrum.singularValues.0: Too small: expected number to be >=0.`,
  },
  {
    name: 'a histogram that counts too many',
    change: (record) => record.differences[0]![0]!.histogram.counts.push(1),
    message: `${invalid} differences[0][0].histogram counts 13 of 12 elements.`,
  },
  {
    name: 'a share above 1',
    change: (record) => Object.assign(record.differences[0]![0]!, { unchangedShare: 1.5 }),
    message: `${invalid} at differences.0.0.unchangedShare: Too big: expected number to be <=1.`,
  },
  {
    name: 'means of a checkpoint missing',
    change: (record) => record.output!.means.splice(2),
    message: `${invalid} output.means does not have one entry a checkpoint.`,
  },
  {
    name: 'samples that overlap',
    change: (record) => Object.assign(record.output!.samples[1]!, { firstId: 4 }),
    message: `${invalid} output.samples[1] does not fit its neighbours or its own lengths.`,
  },
  {
    name: 'token ids out of order',
    change: (record) => record.output!.tokens.ids.reverse(),
    message: `${invalid} output.tokens.ids is not ascending.`,
  },
];

describe('arrays of a comparison', () => {
  it('see a tensor of three axes as the diff does, the first of them as rows', () => {
    const sizes = comparisonSizes(tinyComparison());
    const tensor = { ...sizes.tensors[0]!, shape: [4, 3, 500], elements: 6000 };
    const specs = comparisonArraySpecs({ ...sizes, pairs: 1, tensors: [tensor] });
    const shapes = specs.filter(({ name }) => name.startsWith('differences.')).map(({ name, shape }) => [name, shape]);
    assert.deepEqual(shapes, [
      ['differences.0.0.row_norms', [4]],
      ['differences.0.0.column_norms', [1500]],
      ['differences.0.0.map', [4, 256]],
    ]);
  });
});

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

  it('gives the parts that a page asks for', async () => {
    await writeTinyComparison(path);
    const open = await readComparison(path);
    const maps = await tensorMaps(open, 2, 0);
    assert.deepEqual([maps.map.rows, maps.map.columns], [3, 4]);
    assert.deepEqual(maps.map.values, tinyArray('map', 12));
    assert.deepEqual([maps.rowNorms.length, maps.columnNorms.length], [3, 4]);
    const vector = await tensorMaps(open, 0, 1);
    assert.deepEqual([vector.rowNorms.length, vector.map.rows, vector.map.columns], [1, 1, 4]);
    const measured = await measuredRows(open);
    assert.equal(measured.entropy.length, 3);
    assert.deepEqual(measured.negativeLogLikelihood[2], tinyArray('nll', 5));
    assert.deepEqual([...(await sampleIds(open, 1))], [0, 1, 2]);
    const sample = await measuredSample(open, 1);
    assert.equal(sample.measures.length, 3);
    // Rows 3 and 4 of five, two tokens a row.
    assert.deepEqual([...sample.measures[0]!.entropy], [3 / 16, 4 / 16]);
    assert.deepEqual([...sample.measures[0]!.topIds], [1, 2, 3, 4]);
    assert.equal('tokens' in summaryRecord(open.record).output!, false);
    await assert.rejects(tensorMaps(open, 3, 0), RangeError);
    await assert.rejects(tensorMaps(open, 0, 2), RangeError);
    await assert.rejects(measuredSample(open, 2), RangeError);
  });

  for (const { name, change, message } of rows) {
    it(`refuses ${name}`, async () => {
      await writeTinyComparison(path);
      const record = tinyComparison();
      change(record);
      writeFileSync(path, JSON.stringify(record));
      const expected = message.replaceAll('$', path);
      await assert.rejects(readComparison(path), (error: unknown) => {
        assert.ok(error instanceof InputError);
        assert.equal(error.message, expected);
        return true;
      });
    });
  }

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

  it('is not published while an array is missing, and leaves nothing when discarded', async () => {
    const specs = comparisonArraySpecs(comparisonSizes(tinyComparison()));
    const arrays = await StagedArrays.create(arraysPath(), specs, new Map());
    arrays.write('samples.ids', new Int32Array(8));
    assert.throws(() => arrays.write('samples.ids', new Int32Array(8)), /is not expected/);
    assert.throws(() => arrays.write('measurements.0.entropy', new Float32Array(4)), /is not expected/);
    await assert.rejects(arrays.publish(false), /was not written/);
    await arrays.discard();
    assert.deepEqual(await readdir(folder), []);
  });
});
