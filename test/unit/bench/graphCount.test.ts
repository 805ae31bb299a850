import assert from 'node:assert/strict';
import { join } from 'node:path';
import { attributionSizes } from '../../../bench/attributionSizes.ts';
import { countGraph } from '../../../bench/graphCount.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { layerWeights } from '../../../src/engine/plan/layerWeights.ts';
import { weightFiles } from '../../../src/engine/sessions/weightFiles.ts';
import { attendedPairs } from '../../../src/graph/layers/attention/attentionChunks.ts';
import type { HeldWeights } from '../../../src/graph/layers/products/weightMatrix.ts';
import { segmentModel } from '../../../src/graph/segmentModel.ts';
import { checkpointFixtures } from '../../paths.ts';

describe('what a graph is counted to do', () => {
  async function forward(
    T: number,
    S: number,
    split: boolean,
    held: HeldWeights = 'float32',
    pair = 'tiny-qwen3-tied',
  ) {
    const { architecture, ...checkpoint } = await openCheckpoint(join(checkpointFixtures, pair, 'sft'));
    const files = weightFiles({ architecture, ...checkpoint });
    const range = { from: 0, to: architecture.layers };
    const model = segmentModel(architecture, range, (tensor) => files.locate(tensor), held, { split });
    const { heads, keyValueHeads, headDim, layers } = architecture;
    const sizes = { ...attributionSizes([0], 1), R: S * T, T, S, GT: (heads / keyValueHeads) * T };
    const weights = layers * layerWeights(architecture);
    const attention = 4 * layers * heads * headDim * S * T * T;
    const norms = [...checkpoint.tensors.values()].filter(
      ({ name, shape }) => name.startsWith('model.layers.') && shape.length === 1,
    );
    const vectors = norms.reduce((sum, { shape }) => sum + shape[0]!, 0);
    return { ...countGraph(model, sizes, 'else_branch'), weights, vectors, linear: 2 * S * T * weights, attention };
  }

  it('of products are those of weights and rows, and attention’s', async () => {
    const { flops, linear, attention } = await forward(24, 3, false);
    assert.equal(flops, linear + attention);
  });

  it('of products in parts are twice those of a bf16 matrix and three times attention’s', async () => {
    const { flops, linear, attention, kernels } = await forward(24, 3, true);
    assert.equal(flops, 2 * linear + 3 * attention);
    assert.ok(kernels > (await forward(24, 3, false)).kernels);
  });

  it('of casts are two bytes read and four written for each weight of each matrix and norm', async () => {
    const { castBytes, weights, vectors } = await forward(24, 1, false, 'cast');
    assert.ok(weights > 0 && vectors > 0);
    assert.equal(castBytes, 6 * (weights + vectors));
    // Float32 is not widened.
    assert.equal((await forward(24, 1, false, 'cast', 'tiny-llama-untied-f32')).castBytes, 0);
  });

  it('of bytes grows with rows, by attention more than in proportion', async () => {
    const [short, long] = [await forward(16, 1, false), await forward(64, 1, false)];
    const rows = (count: typeof short) => count.bytes - 4 * count.weights;
    assert.ok(rows(long) > 4 * rows(short));
  });

  it('of attention’s backward is half of all pairs of rows, for targets spread over the second half', async () => {
    const { architecture, ...checkpoint } = await openCheckpoint(join(checkpointFixtures, 'tiny-qwen3-tied', 'sft'));
    const files = weightFiles({ architecture, ...checkpoint });
    const { layers, heads, keyValueHeads, headDim } = architecture;
    const model = segmentModel(architecture, { from: 0, to: layers }, (tensor) => files.locate(tensor), 'float32');
    const rows = 512;
    const targets = Array.from({ length: 8 }, (_, i) => rows / 2 + (i + 1) * (rows / 16) - 1);
    const flops = (least?: number) => countGraph(model, attributionSizes(targets, heads / keyValueHeads, least)).flops;
    const saved = flops(rows) - flops();
    // The last layer's is of the target rows alone.
    const dense = 8 * (layers - 1) * heads * headDim * targets.length * rows * rows;
    const share = targets.reduce((sum, row) => sum + attendedPairs(row, rows), 0) / (targets.length * rows * rows);
    assert.equal(share, (1 + 2 + 3 + 4 / 2) / 16);
    // Probabilities are made again once for all targets: every chunk has the keys up to its end.
    const again = (2 * (1 - 10 / 16) * dense) / (8 * targets.length);
    // Chunks that are not used count a row.
    assert.ok(Math.abs(saved / ((1 - share) * dense + again) - 1) < 1e-5);
  });

  it('names an input whose size was not given', async () => {
    const { architecture, ...checkpoint } = await openCheckpoint(join(checkpointFixtures, 'tiny-qwen3-tied', 'sft'));
    const files = weightFiles({ architecture, ...checkpoint });
    const model = segmentModel(architecture, { from: 0, to: 1 }, (tensor) => files.locate(tensor), 'float32');
    assert.throws(() => countGraph(model, {}), /stream has a dimension that was not given a size/);
  });
});
