import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { withNeuronScores } from '../../../src/record/run/scoreColumns.ts';
import { writeTensors } from '../../writeTensors.ts';
import { RecordOnDisk } from './recordOnDisk.ts';
import { tinyRecord } from './tinyRecord.ts';

const bytesOf = (array: Float32Array | Int32Array) => new Uint8Array(array.buffer);

/* One neuron's scores, read from the score file that a record names. */
describe('scores of one neuron', () => {
  const neuron = 7;
  let disk: RecordOnDisk;
  let path: string;
  const { layout } = tinyRecord();
  const targets = [
    [0, 1, 3],
    [0, 3, 5],
    [1, 0, 7],
    [1, 1, 8],
  ];

  function writeScores(at: string, named = targets, neurons = layout.total): void {
    const scores = Float32Array.from({ length: named.length * neurons }, (_, i) => Math.sin(i));
    // At target 2 it is no better than neuron 3, which comes first.
    scores[2 * neurons + 3] = 5;
    scores[2 * neurons + neuron] = 5;
    writeTensors(
      at,
      new Map([
        ['targets', { dtype: 'I32', shape: [named.length, 3], data: bytesOf(Int32Array.from(named.flat())) }],
        ['scores', { dtype: 'F32', shape: [named.length, neurons], data: bytesOf(scores) }],
      ]),
    );
  }

  beforeEach(async () => {
    disk = new RecordOnDisk();
    path = join(disk.folder, 'kept', 'scores.safetensors');
    mkdirSync(join(disk.folder, 'kept'));
    const { draft, arrays } = tinyRecord();
    await disk.write({ draft: { ...draft, scores: path }, layout, arrays });
  });
  afterEach(() => disk.remove());

  const read = async (mayRead = () => true) =>
    withNeuronScores(await readRecord(disk.path), neuron, mayRead, async ({ scores, rankAt }) => ({
      scores: [...scores],
      rank: await rankAt(2),
    }));
  const refusal = async (mayRead?: () => boolean) => {
    const error: unknown = await read(mayRead).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof InputError, String(error));
    return error.message.replaceAll(disk.folder, '<folder>');
  };

  it('are read where they were written, and beside the record', async () => {
    writeScores(path);
    const expected = [0, 1, 2, 3].map((target) =>
      target === 2 ? 5 : Math.fround(Math.sin(target * layout.total + neuron)),
    );
    assert.deepEqual(await read(), { scores: expected, rank: 1 });
    renameSync(path, join(disk.folder, 'scores.safetensors'));
    assert.deepEqual(await read(), { scores: expected, rank: 1 });
  });

  it('are not looked for where nothing may be read', async () => {
    writeScores(path);
    assert.match(await refusal(() => false), /^The run's score file .* is gone/);
  });

  const rows: readonly (readonly [name: string, make: () => void, message: RegExp])[] = [
    [
      'a file that is gone',
      () => rmSync(path, { force: true }),
      /is gone: put it there again, or beside the record\.$/,
    ],
    [
      'a file of other targets',
      () => writeScores(path, [...targets.slice(0, 3), [1, 1, 7]]),
      /holds no scores of this run/,
    ],
    ['a file of fewer targets', () => writeScores(path, targets.slice(1)), /holds no scores of this run/],
    ['a file of another model', () => writeScores(path, targets, layout.total + 1), /holds no scores of this run/],
    [
      'a file that was cut off',
      () => {
        writeScores(path);
        truncateSync(path, 300);
      },
      /scores\.safetensors/,
    ],
  ];
  for (const [name, make, message] of rows) {
    it(`are refused from ${name}`, async () => {
      make();
      assert.match(await refusal(), message);
    });
  }

  it('are said to be unknown where none were asked for', async () => {
    const { draft, arrays } = tinyRecord();
    await disk.write({ draft, layout, arrays });
    assert.match(await refusal(), /wrote no score file \(--scores\)/);
  });
});
