import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StagedArrays } from '../../../../src/record/arrays/stagedArrays.ts';
import { comparisonArraySpecs, comparisonSizes } from '../../../../src/record/comparison/comparisonArrays.ts';
import { readComparison } from '../../../../src/record/comparison/comparisonFile.ts';
import {
  measuredRows,
  measuredSample,
  sampleIds,
  summaryRecord,
  tensorMaps,
} from '../../../../src/views/comparison/comparisonParts.ts';
import { tinyArray, tinyComparison, writeTinyComparison } from '../tinyComparison.ts';

/* What the arrays of a comparison hold, and the parts of them that a page asks for. */

describe('arrays of a comparison', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    path = join(folder, 'tiny.comparison.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

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

  it('give the parts that a page asks for', async () => {
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

  it('are not published while an array is missing, and leave nothing when discarded', async () => {
    const specs = comparisonArraySpecs(comparisonSizes(tinyComparison()));
    const arrays = await StagedArrays.create(join(folder, 'tiny.comparison.safetensors'), specs, new Map());
    arrays.write('samples.ids', new Int32Array(8));
    assert.throws(() => arrays.write('samples.ids', new Int32Array(8)), /is not expected/);
    assert.throws(() => arrays.write('measurements.0.entropy', new Float32Array(4)), /is not expected/);
    await assert.rejects(arrays.publish(false), /was not written/);
    await arrays.discard();
    assert.deepEqual(await readdir(folder), []);
  });
});
