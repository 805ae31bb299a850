import assert from 'node:assert/strict';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../../src/record/run/runRecord.ts';
import { RecordOnDisk } from './recordOnDisk.ts';
import { heldOutRecord } from './tinyRecord.ts';

/* What a run record says of held-out samples is held against its settings, its means and its arrays. */
describe('a run record with held-out samples', () => {
  let disk: RecordOnDisk;
  beforeEach(async () => {
    disk = new RecordOnDisk();
    await disk.write();
  });
  afterEach(() => disk.remove());

  it('is not refused where it is older than held-out samples', async () => {
    disk.editJson((json) => {
      delete (json.settings as Partial<RunRecord['settings']>).holdout;
      for (const sample of json.samples) delete (sample as Partial<RunRecord['samples'][number]>).heldOut;
    });
    const { record } = await readRecord(disk.path);
    assert.deepEqual([record.settings.holdout, record.samples.map(({ heldOut }) => heldOut)], [0, [false, false]]);
  });

  it('is not refused for one', async () => {
    await disk.write(heldOutRecord());
    const { record } = await readRecord(disk.path);
    assert.deepEqual(
      record.samples.map(({ heldOut, targets }) => [heldOut, targets]),
      [
        [false, 2],
        [true, 0],
      ],
    );
  });

  const heldOutRows: readonly (readonly [name: string, edit: (json: RunRecord) => void, message: string])[] = [
    [
      'has targets',
      (json) => {
        json.samples[0]!.heldOut = true;
        json.samples[1]!.heldOut = false;
      },
      'samples[0] is held out, but has targets.',
    ],
    [
      'is not to be',
      (json) => {
        json.settings.holdout = 0;
      },
      '1 of 2 samples are held out, but settings.holdout is 0.',
    ],
    [
      'is not said to be',
      (json) => {
        json.samples[1]!.heldOut = false;
      },
      '0 of 2 samples are held out, but settings.holdout is 0.5.',
    ],
    [
      'has other rows than its means',
      (json) => {
        json.measurements[1]!.heldOut!.rows = 3;
      },
      'measurement "sft" counts other rows of held-out samples than there are.',
    ],
    [
      'has no means',
      (json) => {
        delete json.measurements[0]!.heldOut;
      },
      'measurement "base" counts other rows of held-out samples than there are.',
    ],
    [
      'has other means than its arrays',
      (json) => {
        json.measurements[0]!.heldOut!.entropy = 0.75;
      },
      'measurements.0.heldOut.entropy is 0.75, but its arrays make it 0.5.',
    ],
  ];
  for (const [name, edit, message] of heldOutRows) {
    it(`is refused where a held-out sample ${name}`, async () => {
      await disk.write(heldOutRecord());
      disk.editJson(edit);
      assert.equal(await disk.refusal(), `"<folder>/a.rejuvenation.json" is not a valid run record: ${message}`);
    });
  }
});
