import assert from 'node:assert/strict';
import { changed, fitted, initialState, restored, type State } from '../../../../webview/comparison/state/state.ts';

const bounds = {
  checkpoints: 3,
  pairs: 2,
  defaultTensor: 1,
  shapes: [
    [4, 8],
    [100, 50],
  ] as const,
  sampleRows: [5, 9],
};

describe('comparison state', () => {
  it('survives a reload as it is', () => {
    const state: State = {
      ...initialState,
      tab: 'tensor',
      statistic: 'maxAbs',
      mapScale: 'linear',
      tensor: 1,
      pairs: [0, 1],
      region: { rowStart: 2, rowEnd: 9, columnStart: 0, columnEnd: 50 },
      run: '',
      sample: 1,
      row: 8,
      texts: [2],
      full: true,
      distributionScale: 'log',
      seriesSort: { column: 'drift', descending: true },
      checkpoint: 2,
    };
    assert.deepEqual(fitted(restored(JSON.parse(JSON.stringify(state))), bounds), state);
  });

  for (const [what, saved] of [
    ['nothing', undefined],
    ['a number', 7],
    ['wrong types', { tab: 3, pairs: 'all', region: { rowStart: 5, rowEnd: 5 }, sample: -1, seriesSort: null }],
    ['unknown names', { tab: 'x', statistic: '__proto__', mapScale: 'cubic', seriesSort: { column: 'x' } }],
  ] as const) {
    it(`begins anew from ${what}`, () => {
      assert.deepEqual(restored(saved), { ...initialState, pairs: undefined, texts: undefined });
    });
  }

  it('drops what another record does not have', () => {
    const saved = {
      ...initialState,
      tensor: 9,
      pairs: [1, 7],
      texts: [5],
      sample: 4,
      row: 3,
      checkpoint: 3,
      region: { rowStart: 0, rowEnd: 101, columnStart: 0, columnEnd: 2 },
    };
    assert.deepEqual(fitted(saved, bounds), { ...initialState, pairs: [1] });
  });

  it('keeps a region of the tensor that is shown by default', () => {
    const region = { rowStart: 0, rowEnd: 100, columnStart: 10, columnEnd: 20 };
    assert.deepEqual(fitted({ ...initialState, region }, bounds).region, region);
  });

  it('leaves a region with its tensor and a row with its sample', () => {
    const region = { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: 1 };
    const state = { ...initialState, tensor: 0, region, row: 2 };
    assert.equal(changed(state, { tensor: 1 }).region, undefined);
    assert.equal(changed(state, { tensor: 1, region }).region, region);
    assert.equal(changed(state, { sample: 1 }).row, undefined);
    assert.equal(changed(state, { tab: 'map' }).region, region);
  });
});
