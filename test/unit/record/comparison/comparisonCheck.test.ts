import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../../src/errors.ts';
import { readComparison } from '../../../../src/record/comparison/comparisonFile.ts';
import { tinyComparison, writeTinyComparison } from '../tinyComparison.ts';

/* Comparison records whose parts do not agree with each other, and what is said of each. */

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

describe('check of a comparison record', () => {
  let folder: string;
  let path: string;
  // The arrays beside it stay the same: what is refused is refused before they are read.
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    path = join(folder, 'tiny.comparison.json');
    await writeTinyComparison(path);
  });
  after(() => rm(folder, { recursive: true }));

  for (const { name, change, message } of rows) {
    it(`refuses ${name}`, async () => {
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
});
