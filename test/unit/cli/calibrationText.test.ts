import assert from 'node:assert/strict';
import { calibrationText } from '../../../src/cli/output/calibrationText.ts';

/* The calibration files in the report of a record. */

describe('the calibration in a report', () => {
  const text = (files: number) =>
    calibrationText(
      Array.from({ length: files }, (_, i) => ({ path: `/data/${i}.jsonl`, bytes: 1, sha256: '0'.repeat(64) })),
    ).split('\n');

  it('names the first files and counts the others', () => {
    assert.equal(text(5).at(-1), '             /data/4.jsonl');
    assert.equal(text(6).at(-1), '             and 1 more file');
    assert.equal(text(7).at(-1), '             and 2 more files');
  });
});
