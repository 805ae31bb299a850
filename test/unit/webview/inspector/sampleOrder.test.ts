import assert from 'node:assert/strict';
import type { TokenTable } from '../../../../src/protocol/inspector.ts';
import { sampleGaps, shownSamples } from '../../../../webview/inspector/entropy/sampleOrder.ts';
import { tinyRecord } from '../../record/tinyRecord.ts';

const [sample] = tinyRecord().draft.samples;
/** Two targets, none, one, one. */
const samples = [
  [0, 2],
  [2, 0],
  [2, 1],
  [3, 1],
].map(([firstTarget, targets]) => ({ ...sample!, firstTarget: firstTarget!, targets: targets! }));
const table = {
  targetGap: Float32Array.of(1, 2, 3, 0.5),
  targetGold: Int32Array.of(7, 8, 8, 9),
  targetWord: Int32Array.of(0, 0, 1, 0),
  words: [{ text: 'one' }, { text: 'two' }],
} as unknown as TokenTable;
const state = { filterToken: undefined, filterWord: undefined, sampleSort: 'order' } as const;

describe('samples in the list', () => {
  it('have the mean gap at their targets', () => {
    assert.deepEqual(sampleGaps(samples, table), [1.5, undefined, 3, 0.5]);
  });

  it('are in the file’s order, or by gap with those without targets last', () => {
    assert.deepEqual(shownSamples(samples, state, table, undefined), [0, 1, 2, 3]);
    assert.deepEqual(shownSamples(samples, { ...state, sampleSort: 'gap' }, table, undefined), [2, 0, 3, 1]);
    assert.deepEqual(shownSamples(samples, { ...state, sampleSort: 'gap' }, undefined, undefined), [0, 1, 2, 3]);
  });

  it('are those of a token or of a word, among what was found', () => {
    assert.deepEqual(shownSamples(samples, { ...state, filterToken: 8 }, table, undefined), [0, 2]);
    assert.deepEqual(shownSamples(samples, { ...state, filterWord: 'one' }, table, undefined), [0, 3]);
    assert.deepEqual(shownSamples(samples, { ...state, filterWord: 'one' }, table, [1, 3]), [3]);
    assert.deepEqual(shownSamples(samples, state, table, []), []);
    // A word of another record filters nothing.
    assert.deepEqual(shownSamples(samples, { ...state, filterWord: 'three' }, table, undefined), [0, 1, 2, 3]);
  });
});
