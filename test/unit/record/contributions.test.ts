import assert from 'node:assert/strict';
import { floatArray } from '../../../src/record/arrays/arrays.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { type ArraysEdit, RecordOnDisk } from './recordOnDisk.ts';
import { contributionsRecord } from './tinyRecord.ts';

/* What a run record keeps of single targets is held against its logits and its ranks. */
describe('a run record with what pushes each target', () => {
  let disk: RecordOnDisk;
  beforeEach(async () => {
    disk = new RecordOnDisk();
    await disk.write(contributionsRecord());
  });
  afterEach(() => disk.remove());

  it('is read as it was written', async () => {
    const { record, arrays } = await readRecord(disk.path);
    assert.equal(record.neurons.kept, 1);
    assert.deepEqual([...floatArray(arrays, 'targets.terms').subarray(6, 12)], [0.5, 0, 0, 0, 0.25, 0.25]);
  });

  const rows: readonly (readonly [name: string, edit: ArraysEdit, message: string])[] = [
    [
      'terms that do not add up to the logit',
      (arrays) => void arrays.get('targets.terms')!.set([0.75], 0),
      'targets.terms of target 0 add up to 0.25, but its rebuilt logit is 0',
    ],
    [
      'a neuron that is not there',
      (arrays) => void arrays.get('targets.top_neurons')!.set([999], 1),
      'targets.top_neurons holds 999 with score 0.25 at place 0 of target 1',
    ],
    [
      'a score that has no rank',
      (arrays) => void arrays.get('targets.top_scores')!.set([-1], 2),
      'targets.top_neurons holds 5 with score -1 at place 0 of target 2',
    ],
    [
      'a score without a neuron',
      (arrays) => void arrays.get('targets.top_neurons')!.set([-1], 3),
      'targets.top_neurons holds -1 with score 1 at place 0 of target 3',
    ],
    [
      'a neuron whose best rank is worse',
      (arrays) => void arrays.get('targets.top_neurons')!.set([3], 0),
      'array "layers.0.q_proj.best_rank" holds 2 at 3, but its best place at a target is 0',
    ],
    [
      'a best rank that no target gives',
      (arrays) => void arrays.get('targets.top_neurons')!.fill(1),
      'array "layers.0.k_proj.best_rank" holds 0 at 1, but its best place at a target is -1',
    ],
  ];
  for (const [name, edit, message] of rows) {
    it(`is refused for ${name}`, async () => {
      disk.editArrays(edit, contributionsRecord());
      assert.equal(await disk.refusal(), `"<folder>/a.rejuvenation.json" is not a valid run record: ${message}.`);
    });
  }

  it('is refused for more neurons than ranks are kept', async () => {
    disk.editJson((json) => {
      json.neurons.kept = 6;
    });
    assert.equal(
      await disk.refusal(),
      '"<folder>/a.rejuvenation.json" is not a valid run record: neurons.kept is 6, but no more than 5 ranks are kept.',
    );
  });
});
