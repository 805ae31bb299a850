import assert from 'node:assert/strict';
import { differenceOf, termsOf } from '../../../../webview/inspector/logit/terms.ts';
import { firstOf, neuronName, placeOf } from '../../../../webview/inspector/neuron/neuronNames.ts';
import { changed, initialState, restored } from '../../../../webview/inspector/state/state.ts';
import { tinyRecord } from '../../record/tinyRecord.ts';

describe('neurons and terms of the inspector', () => {
  const { layout } = tinyRecord();

  it('finds every neuron by its flat index, and none beyond', () => {
    for (const module of layout.modules) {
      for (const neuron of [0, module.width - 1]) {
        assert.deepEqual(placeOf(layout, module.offset + neuron), { module, neuron });
      }
    }
    assert.equal(placeOf(layout, layout.total), undefined);
    assert.equal(placeOf(layout, -1), undefined);
    assert.equal(neuronName(layout, layout.modules[8]!.offset + 1), 'Layer 1 · k_proj · 1');
  });

  it('begins with the best rank of a module, and the first neuron where none has one', () => {
    const ranks = new Int32Array(layout.total).fill(-1);
    const module = layout.modules[6]!;
    assert.equal(firstOf(module, ranks), module.offset);
    ranks[module.offset + 2] = 4;
    ranks[module.offset + 3] = 1;
    ranks[module.offset + 4] = 1;
    assert.equal(firstOf(module, ranks), module.offset + 3);
  });

  it('names the terms of a logit and sums them up, and leaves out a bias that is none', () => {
    const terms = termsOf([0.5, 1, -2, 3, 4, 0.25]);
    assert.deepEqual(
      terms.map(({ name, value, from }) => [name, value, from]),
      [
        ['embedding', 0.5, 0],
        ['layer 0 attention', 1, 0.5],
        ['layer 0 feed-forward', -2, 1.5],
        ['layer 1 attention', 3, -0.5],
        ['layer 1 feed-forward', 4, 2.5],
        ['bias of the head', 0.25, 6.5],
      ],
    );
    assert.equal(termsOf([1, 2, 3, 0]).at(-1)!.name, 'layer 0 feed-forward');
    assert.deepEqual([...differenceOf(Float32Array.of(1, 2), Float32Array.of(0.5, 3))], [0.5, -1]);
  });

  it('lets go of a row with its sample, and of a neuron with its module', () => {
    const state = changed(initialState, { sample: 1, row: 5, neuron: 9 });
    assert.deepEqual([changed(state, { sample: 2 }).row, changed(state, { sample: 1 }).row], [undefined, 5]);
    assert.equal(changed(state, { sample: 2, row: 3 }).row, 3);
    assert.equal(changed(state, { layer: 1 }).neuron, undefined);
    assert.equal(changed(state, { rho: 0.01 }).neuron, 9);
    assert.deepEqual(
      [restored({ neuron: -1, row: 1.5, logitSide: 'x' }).neuron, restored({ row: 1.5 }).row],
      [undefined, undefined],
    );
  });
});
