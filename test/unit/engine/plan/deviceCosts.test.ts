import assert from 'node:assert/strict';
import { cpuCosts, deviceCosts } from '../../../../src/engine/plan/deviceCosts.ts';
import { weightMemory } from '../../../../src/engine/plan/heldWeights.ts';
import { planBest } from '../../../../src/engine/plan/planBest.ts';
import type { ProductForm } from '../../../../src/settings/precision.ts';
import { large } from './shapes.ts';

const GB = 1e9;
const cuda = (products: ProductForm) => deviceCosts('cuda', large, products);
const split = cuda('split');

/** A plan on CUDA for so many samples of 1024 rows, ten targets each, or none. */
function planned(samples: number, targets: number, memory = 64 * GB) {
  const rows = Array.from({ length: targets }, (_, i) => 1023 - 100 * i).reverse();
  const work = Array.from({ length: samples }, () => ({
    rows: 1024,
    headRows: targets === 0 ? 512 : 0,
    targets: rows,
  }));
  const ways = (['cast', 'float32'] as const).map((held) => weightMemory(held, 'BF16', true, split));
  return planBest(large, memory, work, undefined, ways, 0);
}

describe('costs of a device', () => {
  it('other than CUDA are a CPU’s', () => {
    for (const device of ['cpu', 'webgpu', 'dml', 'coreml'] as const) {
      assert.deepEqual(deviceCosts(device, large, 'float32'), cpuCosts(large));
    }
  });

  it('on CUDA weigh more the faster its products are', () => {
    const forms = (['float32', 'split', 'tf32'] as const).map(cuda);
    for (const [slower, faster] of [forms.slice(0, 2), forms.slice(1)]) {
      assert.ok(faster!.held.cast.forwardRun > slower!.held.cast.forwardRun);
      assert.ok(faster!.attributionRun > slower!.attributionRun);
    }
    assert.ok(split.attributionRun > split.forwardRun);
  });

  it('have samples share longer forward runs on CUDA', () => {
    const onCpu = planBest(large, 64 * GB, workOf(32), undefined, [weightMemory('cast', 'BF16')], 0);
    assert.equal(onCpu.forwardRows <= cpuCosts(large).mostForwardRows, true);
    const { forwardRows, batches, headRows } = planned(32, 0);
    assert.ok(forwardRows > cpuCosts(large).mostForwardRows, `${forwardRows} rows`);
    assert.ok(batches.length < onCpu.batches.length);
    assert.ok(headRows > onCpu.headRows);
  });

  it('let a plan hold weights as float32 only for work that is worth widening them on the host', () => {
    assert.equal(planned(16, 10).weights, 'stored');
    assert.equal(planned(4000, 10).weights, 'float32');
    // Where float32 does not fit, a long request is still done as stored.
    assert.equal(planned(4000, 10, 24 * GB).weights, 'stored');
  });
});

function workOf(samples: number) {
  return Array.from({ length: samples }, () => ({ rows: 1024, headRows: 512, targets: [] }));
}
