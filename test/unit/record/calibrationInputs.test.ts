import assert from 'node:assert/strict';
import { sampleNames } from '../../../src/record/calibrationInputs.ts';

describe('what samples are called', () => {
  it('is after their rows, and their files where there are several', () => {
    assert.equal(sampleNames({ name: '/a/pairs.jsonl' })({ line: 3 }), 'line 3');
    assert.equal(sampleNames({ path: '/a/pairs.json' })({ line: 3 }), 'element 3');
    assert.equal(sampleNames({ path: '/a/train-0.parquet' })({ line: 3 }), 'row 3');
    const two = sampleNames([{ name: '/a/x.jsonl' }, { name: 'C:\\a\\y.jsonl' }]);
    assert.equal(two({ file: 0, line: 1 }), 'x.jsonl:1');
    assert.equal(two({ file: 1, line: 2 }), 'y.jsonl:2');
    assert.equal(sampleNames([{ name: '/a/x' }, { name: '/b/x' }])({ file: 1, line: 2 }), '/b/x:2');
  });
});
