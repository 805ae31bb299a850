import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordJson, recordText } from '../../../src/cli/output/recordReport.ts';
import { readRecord, writeRecord } from '../../../src/record/run/recordFile.ts';
import { samplesOverlap } from '../../../src/record/run/targets/samplesOverlap.ts';
import { writeGalleryRun } from '../../figures/records/galleryRun.ts';
import { tinyRecord } from '../record/tinyRecord.ts';

describe('what show says of the overlap of samples', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'overlap-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is its mean beside chance', async () => {
    const path = join(folder, 'gallery.rejuvenation.json');
    await writeGalleryRun(path);
    const open = await readRecord(path);
    // Each of three samples has 32 of 672 neurons: 22 in common with its neighbour, 12 with the other.
    const [neighbour, other] = [22 / 42, 12 / 52];
    const { sampleOverlap } = recordJson(open);
    assert.deepEqual([sampleOverlap?.budget, sampleOverlap?.samples, sampleOverlap?.pairs], [13, 3, 3]);
    assert.ok(Math.abs(sampleOverlap!.jaccard - (2 * neighbour + other) / 3) < 1e-12);
    const expected = (32 * 32) / 672;
    assert.ok(Math.abs(sampleOverlap!.chance - expected / (64 - expected)) < 1e-12);
    assert.match(
      recordText(open),
      /^Overlap of 3 samples, if a target selects 13 neurons: mean Jaccard index 0\.426; by chance 0\.0\d\d within modules, 0\.024 over all neurons\.$/m,
    );
    assert.throws(() => samplesOverlap(open.record, open.arrays, 68), RangeError);
    // Two of three, evenly drawn.
    const { samples, withTargets } = samplesOverlap(open.record, open.arrays, 67, 2);
    assert.deepEqual([[...samples], withTargets], [[0, 1], 3]);
  });

  it('is nothing where the record does not know', async () => {
    const { draft, layout, arrays } = tinyRecord();
    const path = join(folder, 'tiny.rejuvenation.json');
    await writeRecord(path, draft, layout, arrays);
    const open = await readRecord(path);
    assert.equal(recordJson(open).sampleOverlap, null);
    assert.doesNotMatch(recordText(open), /Overlap/);
  });
});
