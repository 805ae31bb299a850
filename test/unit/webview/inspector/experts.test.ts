import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { type NeuronLayout, neuronLayout, neuronsOfExpert } from '../../../../src/method/neuronLayout.ts';
import { NeuronRanker } from '../../../../src/method/ranking.ts';
import { resetBudget } from '../../../../src/method/resetSet.ts';
import { bandsOf, movedInBands } from '../../../../webview/inspector/heatmap/bands.ts';
import { expertCellsOf, mixtureAt, summaryOf } from '../../../../webview/inspector/heatmap/expertCells.ts';
import { firstOf } from '../../../../webview/inspector/neuron/neuronNames.ts';
import { loadGolden } from '../../../golden/golden.ts';
import { root } from '../../../paths.ts';
import { tinyArchitecture } from '../../record/tinyRecord.ts';

/** What the independent implementation says of a tensor's neurons, an expert's apart from another's. */
interface StoredModule {
  readonly layer: number;
  readonly module: string;
  readonly expert?: number;
  readonly width: number;
  readonly reset: readonly number[];
}

/** Best rank of every neuron over the targets whose scores are kept; -1 never among the best of a budget. */
function bestRankOf(scores: Float32Array, neurons: number, limit: number): Int32Array {
  const ranker = new NeuronRanker(neurons);
  const best = new Int32Array(neurons).fill(-1);
  for (let from = 0; from < scores.length; from += neurons) {
    ranker.rank(scores.subarray(from, from + neurons), limit).forEach((neuron, rank) => {
      if (best[neuron]! < 0 || rank < best[neuron]!) best[neuron] = rank;
    });
  }
  return best;
}

/** One layer of experts, of 2 rows of gate and up and 2 columns of down each. */
function layoutOf(count: number): NeuronLayout {
  return neuronLayout({
    ...tinyArchitecture,
    layers: 1,
    experts: { count, perToken: 1, intermediateSize: 2, normalised: true },
  });
}

describe('experts of a layer', () => {
  for (const name of ['qwen3_moe', 'qwen3_moe-mixed', 'olmoe', 'mixtral']) {
    it(`${name}: the reset neurons of every expert are those of the independent implementation`, async () => {
      const golden = await loadGolden(`families/${name}`);
      const own = neuronLayout((await openCheckpoint(golden.sft)).architecture);
      const budget = resetBudget(golden.settings.rho, own.total);
      const best = bestRankOf(golden.scores, own.total, own.total);
      const file = join(root, 'test/fixtures/families', name, 'golden', 'golden.json');
      const stored = (JSON.parse(readFileSync(file, 'utf8')) as { layout: readonly StoredModule[] }).layout;
      const mixed = new Set(stored.filter(({ expert }) => expert !== undefined).map(({ layer }) => layer));
      assert.ok(mixed.size > 0);
      for (const layer of new Set(stored.map((part) => part.layer))) {
        const mixture = mixtureAt(own, { layer, projection: undefined });
        assert.equal(mixture !== undefined, mixed.has(layer));
        assert.equal(mixtureAt(own, { layer, projection: 'o_proj' }), undefined);
        if (mixture === undefined) continue;
        const cells = expertCellsOf(mixture, best, budget);
        const expected = stored.filter((part) => part.layer === layer && part.expert !== undefined);
        assert.deepEqual(
          cells
            .filter(({ projection }) => projection !== undefined)
            .map(({ expert, projection, reset, width }) => `${expert} ${projection}: ${reset} of ${width}`)
            .sort(),
          expected.map((part) => `${part.expert} ${part.module}_proj: ${part.reset.length} of ${part.width}`).sort(),
        );
        const totals = new Map<number, number>();
        for (const { expert, reset } of expected) totals.set(expert!, (totals.get(expert!) ?? 0) + reset.length);
        assert.deepEqual(
          cells.filter(({ projection }) => projection === undefined).map(({ expert, reset }) => [expert, reset]),
          [...totals],
        );
      }
    });
  }

  it('stay folded where a page has no room for them', () => {
    const selected = { layer: 0, projection: undefined } as const;
    assert.equal(mixtureAt(layoutOf(1024), selected)?.length, 3);
    assert.equal(mixtureAt(layoutOf(1025), selected), undefined);
    assert.equal(mixtureAt(layoutOf(8), { layer: undefined, projection: undefined }), undefined);
    assert.equal(mixtureAt(layoutOf(8), { layer: 7, projection: undefined }), undefined);
  });

  it('are summed up in a sentence', () => {
    const layout = layoutOf(2);
    const mixture = mixtureAt(layout, { layer: 0, projection: 'up_proj' })!;
    const best = new Int32Array(layout.total).fill(-1);
    const sentence = (budget: number) => summaryOf(expertCellsOf(mixture, best, budget), (ratio) => ratio.toFixed(3));
    assert.equal(sentence(3), 'None of the 2 experts has a reset neuron.');
    const gate = mixture[0]!.offset;
    best.set([-1, -1, 0, 2], gate);
    assert.equal(sentence(1), 'Reset neurons are in 1 of 2 experts, most in expert 1: 0.167 of its own.');
    best[gate] = 1;
    assert.equal(sentence(3), 'Reset neurons are in all 2 experts, most in expert 1: 0.333 of its own.');
    assert.equal(firstOf(neuronsOfExpert(mixture[0]!, 0), best), gate);
    assert.equal(firstOf(neuronsOfExpert(mixture[0]!, 1), best), gate + 2);
  });
});

describe('bands of experts', () => {
  it('have numbers where a few bands hold them, and small cells where not', () => {
    assert.deepEqual(bandsOf(8, 424), { columns: 8, bands: 1, width: 53, height: 20, numbers: true });
    assert.deepEqual(bandsOf(60, 640), { columns: 16, bands: 4, width: 40, height: 20, numbers: true });
    assert.deepEqual(bandsOf(128, 424), { columns: 32, bands: 4, width: 13, height: 14, numbers: false });
    assert.deepEqual(bandsOf(3, 424), { columns: 3, bands: 1, width: 60, height: 20, numbers: true });
  });

  it('are never wider than their room, but for cells that could not be seen', () => {
    for (let experts = 1; experts <= 300; experts += 7) {
      for (let room = 60; room <= 1200; room += 31) {
        const { columns, bands, width } = bandsOf(experts, room);
        assert.ok(columns * width <= room && width >= 12, `${experts} in ${room}`);
        assert.ok(columns * bands >= experts && columns * (bands - 1) < experts);
      }
    }
  });

  it('are walked by key as the eye goes', () => {
    // 10 experts in bands of 4, three rows each; the last band has two.
    const walk = (row: number, column: number, key: string, ctrlKey = false) => {
      const to = movedInBands({ row, column }, { key, ctrlKey }, 3, 10, 4);
      return to && [to.row, to.column];
    };
    assert.deepEqual(walk(0, 3, 'ArrowRight'), [0, 4]);
    assert.deepEqual(walk(0, 4, 'ArrowLeft'), [0, 3]);
    assert.deepEqual(walk(0, 9, 'ArrowRight'), [0, 9]);
    assert.deepEqual(walk(0, 1, 'ArrowDown'), [1, 1]);
    assert.deepEqual(walk(2, 1, 'ArrowDown'), [0, 5]);
    assert.deepEqual(walk(0, 5, 'ArrowUp'), [2, 1]);
    assert.deepEqual(walk(2, 7, 'ArrowDown'), [0, 9]);
    assert.deepEqual(walk(2, 9, 'ArrowDown'), [2, 9]);
    assert.deepEqual(walk(1, 6, 'Home'), [1, 4]);
    assert.deepEqual(walk(1, 8, 'End'), [1, 9]);
    assert.deepEqual(walk(1, 6, 'Home', true), [0, 0]);
    assert.deepEqual(walk(1, 1, 'End', true), [2, 9]);
    assert.deepEqual(walk(1, 1, 'PageDown'), [1, 5]);
    assert.deepEqual(walk(1, 1, 'PageUp'), [1, 1]);
    assert.equal(walk(1, 1, 'x'), undefined);
  });
});
