import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ArraysEdit, RecordOnDisk } from './recordOnDisk.ts';

describe('the arrays of a run record', () => {
  let disk: RecordOnDisk;
  beforeEach(() => {
    disk = new RecordOnDisk();
  });
  afterEach(() => disk.remove());

  const arrayRows: readonly (readonly [name: string, edit: ArraysEdit, message: string])[] = [
    [
      'a missing array',
      (_, specs) => specs.filter((spec) => spec.name !== 'layers.1.k_proj.hits'),
      '"<folder>/a.rejuvenation.safetensors" lacks the array "layers.1.k_proj.hits".',
    ],
    [
      'a surplus array',
      (arrays, specs) => {
        arrays.set('extra', Int32Array.of(1));
        return [...specs, { name: 'extra', dtype: 'I32', shape: [1] }];
      },
      '"<folder>/a.rejuvenation.safetensors" holds an array "extra" that does not belong there.',
    ],
    [
      'an array of another shape',
      (_, specs) => specs.map((spec) => (spec.name === 'samples.ids' ? { ...spec, shape: [2, 4] } : spec)),
      'In "<folder>/a.rejuvenation.safetensors" the array "samples.ids" is I32 [2, 4], but must be I32 [8].',
    ],
    [
      'an array of another dtype',
      (_, specs) => specs.map((spec) => (spec.name === 'samples.ids' ? { ...spec, dtype: 'F32' } : spec)),
      'In "<folder>/a.rejuvenation.safetensors" the array "samples.ids" is F32 [8], but must be I32 [8].',
    ],
    [
      'NaN',
      (arrays) => {
        arrays.get('layers.0.q_proj.mean_score')![2] = Number.NaN;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "layers.0.q_proj.mean_score" holds NaN at 2.',
    ],
    [
      'infinity',
      (arrays) => {
        arrays.get('targets.logit')![0] = Number.NEGATIVE_INFINITY;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "targets.logit" holds -Infinity at 0.',
    ],
    [
      'a rank at the limit',
      (arrays) => {
        arrays.get('layers.1.down_proj.best_rank')![3] = 5;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "layers.1.down_proj.best_rank" holds 5 at 3, ' +
        'outside -1…4.',
    ],
    [
      'more hits than targets',
      (arrays) => {
        arrays.get('layers.1.v_proj.hits')![0] = 5;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "layers.1.v_proj.hits" holds 5 at 0, outside 0…4.',
    ],
    [
      'a token id beyond the vocabulary',
      (arrays) => {
        arrays.get('measurements.1.top_ids')![9] = 10;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "measurements.1.top_ids" holds 10 at 9, ' +
        'outside 0…9.',
    ],
    [
      'a probability above 1',
      (arrays) => {
        arrays.get('measurements.0.top1_probability')![1] = 1.5;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: measurement 0 holds a probability of 1.5 at 1.',
    ],
    [
      'a target outside the response',
      (arrays) => {
        arrays.get('targets.row')![0] = 0;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: target 0 does not fit sample 0.',
    ],
    [
      'a target with another gold token',
      (arrays) => {
        arrays.get('targets.gold')![3] = 1;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: target 3 does not fit sample 1.',
    ],
  ];
  for (const [name, edit, message] of arrayRows) {
    it(`refuses ${name}`, async () => {
      await disk.write();
      disk.editArrays(edit);
      assert.equal(await disk.refusal(), message);
    });
  }

  it('refuses a truncated arrays file and a missing one', async () => {
    const { path, arraysPath } = disk;
    await disk.write();
    writeFileSync(arraysPath, readFileSync(arraysPath).subarray(0, 100));
    assert.match(await disk.refusal(), /do not belong together/);
    rmSync(arraysPath);
    assert.equal(
      await disk.refusal(),
      'The record\'s arrays file "<folder>/a.rejuvenation.safetensors" is missing: keep both files side by side.',
    );
    rmSync(path);
    assert.equal(await disk.refusal(), 'Cannot read "<folder>/a.rejuvenation.json": there is no such file.');
  });
});
