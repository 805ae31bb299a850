import assert from 'node:assert/strict';
import { changed, fitted, initialState, restored } from '../../../../webview/inspector/state/state.ts';
import { sortedBy } from '../../../../webview/page/sort.ts';

describe('inspector state', () => {
  const bounds = {
    rhoMax: 0.05,
    layers: 4,
    expertsAt: (layer: number) => (layer === 0 ? 0 : 8),
    samples: 10,
    measurements: ['base', 'sft'],
  };

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

  it('keeps an expert with its module, and looks at the first of its neurons', () => {
    const at = changed({ ...initialState, neuron: 7 }, { layer: 2, projection: 'up_proj', expert: 5 });
    assert.deepEqual([at.expert, at.neuron], [5, undefined]);
    assert.equal(changed(at, { tab: 'attribution' }).expert, 5);
    assert.equal(changed({ ...at, neuron: 7 }, { expert: 6 }).neuron, undefined);
    assert.equal(changed(at, { layer: 2, projection: 'gate_proj' }).expert, undefined);
    assert.equal(changed(at, { layer: undefined }).expert, undefined);
    // Experts have no attention of their own.
    assert.equal(changed(at, { layer: 2, projection: 'q_proj', expert: 5 }).expert, undefined);
    assert.equal(restored({ layer: 2, projection: 'q_proj', expert: 5 }).expert, undefined);
    for (const expert of [-1, 1.5, '3', null]) {
      assert.equal(restored({ layer: 2, projection: 'up_proj', expert }).expert, undefined);
    }
  });

  it('survives being saved as JSON', () => {
    const state = changed(initialState, {
      ...{ tab: 'entropy', rho: 0.003, alpha: 0.25, layer: 1, projection: 'up_proj', heatScale: 'full' },
      ...{ expert: 3, unfolded: true },
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
    const expert = { ...initialState, layer: 3, projection: 'up_proj', expert: 7 } as const;
    assert.deepEqual(fitted(expert, bounds), expert);
    assert.equal(fitted({ ...expert, expert: 8 }, bounds).expert, undefined);
    assert.equal(fitted({ ...expert, layer: 0 }, bounds).expert, undefined);
  });

  it('turns a column round on the second click', () => {
    const first = sortedBy({ column: 'mean', descending: true }, 'neuron', false);
    assert.deepEqual(first, { column: 'neuron', descending: false });
    assert.deepEqual(sortedBy(first, 'neuron', false), { column: 'neuron', descending: true });
  });
});
