import assert from 'node:assert/strict';
import { changed, fitted, initialState, restored } from '../../../../webview/inspector/state/state.ts';
import { sortedBy } from '../../../../webview/page/sort.ts';

describe('inspector state', () => {
  const bounds = { rhoMax: 0.05, layers: 4, samples: 10, measurements: ['base', 'sft'] };

  it('drops the projection when its layer goes', () => {
    const at = changed(initialState, { layer: 2, projection: 'q_proj' });
    assert.equal(changed(at, { layer: undefined }).projection, undefined);
  });

  it('drops the projection when another layer is chosen without one', () => {
    const at = changed(initialState, { layer: 2, projection: 'q_proj' });
    assert.equal(changed(at, { layer: 3 }).projection, undefined);
    assert.equal(changed(at, { layer: 3, projection: 'k_proj' }).projection, 'k_proj');
  });

  it('keeps the projection through changes of other things', () => {
    const at = changed(initialState, { layer: 2, projection: 'q_proj' });
    assert.equal(changed(at, { tab: 'tokens' }).projection, 'q_proj');
  });

  it('refuses a projection without a layer', () => {
    assert.equal(changed(initialState, { projection: 'q_proj' }).projection, undefined);
  });

  it('survives being saved as JSON', () => {
    const state = changed(initialState, {
      ...{ tab: 'entropy', rho: 0.003, alpha: 0.25, layer: 1, projection: 'up_proj', heatScale: 'full' },
      ...{ moduleMeasure: 'hits', neuronSort: { column: 'rank', descending: false }, wordMeasure: 'gap' },
      ...{ tokenSort: { column: 'text', descending: false }, filterToken: 7, sample: 3, shown: ['sft'] },
      ...{ scatterX: 'base', scatterY: 'sft' },
    });
    assert.deepEqual(restored(JSON.parse(JSON.stringify(state))), state);
  });

  it('begins anew from anything that it did not save', () => {
    for (const saved of [
      undefined,
      null,
      7,
      'x',
      [],
      { tab: 'nowhere', rho: -1, layer: 1.5, shown: 'all', sample: '3' },
    ]) {
      assert.deepEqual(restored(saved), initialState);
    }
  });

  it('takes what is valid of a half-valid state', () => {
    const state = restored({ tab: 'tokens', rho: Number.NaN, projection: 'q_proj', neuronSort: { column: 'x' } });
    assert.deepEqual(state, { ...initialState, tab: 'tokens' });
  });

  it('fits itself to the record', () => {
    const wild = {
      ...initialState,
      rho: 0.5,
      layer: 4,
      projection: 'q_proj',
      sample: 10,
      shown: ['sft', 'gone'],
      scatterX: 'gone',
    } as const;
    assert.deepEqual(fitted(wild, bounds), { ...initialState, rho: 0.05, shown: ['sft'] });
    const tame = { ...initialState, rho: 0.02, layer: 3, projection: 'q_proj', sample: 9, scatterY: 'sft' } as const;
    assert.deepEqual(fitted(tame, bounds), tame);
  });

  it('turns a column round on the second click', () => {
    const first = sortedBy({ column: 'mean', descending: true }, 'neuron', false);
    assert.deepEqual(first, { column: 'neuron', descending: false });
    assert.deepEqual(sortedBy(first, 'neuron', false), { column: 'neuron', descending: true });
  });
});
