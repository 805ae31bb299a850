import assert from 'node:assert/strict';
import { type BatchCosts, targetBatches } from '../../../../src/engine/plan/targetBatches.ts';
import { attendingRows } from '../../../../src/graph/layers/attention/attentionChunks.ts';
import type { Target } from '../../../../src/method/attribution.ts';

/** Every target is padded to the longest of its batch. */
const toLongest = (_: number, rows: number) => rows;
const at = (...rows: number[]): Target[] => rows.map((row) => ({ row, gold: 0 }));
const rowsOf = (batches: readonly (readonly Target[])[]) => batches.map((batch) => batch.map((target) => target.row));

function cost(
  batches: readonly (readonly Target[])[],
  { overheadRows, paddingRow, attendingRows }: BatchCosts,
): number {
  return batches.reduce((sum, batch) => {
    const rows = batch.at(-1)!.row + 1;
    const own = batch.reduce((total, target) => total + target.row + 1, 0);
    const attending = batch.reduce((total, target) => total + attendingRows(target.row, rows), 0);
    return sum + rows + own + paddingRow * (attending - own) + overheadRows;
  }, 0);
}

/** Every way to cut a list into consecutive runs of at most `most`. */
function* partitions(targets: readonly Target[], most: number): Generator<Target[][]> {
  if (targets.length === 0) yield [];
  for (let size = 1; size <= Math.min(most, targets.length); size++) {
    for (const rest of partitions(targets.slice(size), most)) yield [targets.slice(0, size), ...rest];
  }
}

describe('target batches', () => {
  it('keeps neighbours together and early targets apart from late ones', () => {
    assert.deepEqual(
      rowsOf(
        targetBatches(at(10, 11, 12, 500, 501, 502), {
          maxTargets: 8,
          overheadRows: 8,
          paddingRow: 0.5,
          attendingRows: toLongest,
        }),
      ),
      [
        [10, 11, 12],
        [500, 501, 502],
      ],
    );
  });

  it('keeps all together when padding costs nothing', () => {
    const costs = { maxTargets: 8, overheadRows: 8, paddingRow: 0, attendingRows: toLongest };
    assert.deepEqual(rowsOf(targetBatches(at(10, 11, 12, 500, 501, 502), costs)), [[10, 11, 12, 500, 501, 502]]);
  });

  it('pads a target to the end of its chunk alone', () => {
    const costs = { maxTargets: 8, overheadRows: 8, paddingRow: 0.9 };
    const targets = at(255, 1023);
    assert.deepEqual(rowsOf(targetBatches(targets, { ...costs, attendingRows: toLongest })), [[255], [1023]]);
    assert.deepEqual(rowsOf(targetBatches(targets, { ...costs, attendingRows })), [[255, 1023]]);
  });

  it('gives no batch for no target', () => {
    assert.deepEqual(
      targetBatches([], { maxTargets: 4, overheadRows: 8, paddingRow: 0.5, attendingRows: toLongest }),
      [],
    );
  });

  it('is the cheapest of all cuts within the limit', () => {
    let state = 12345;
    const random = (below: number) => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return state % below;
    };
    for (let round = 0; round < 50; round++) {
      const rows = [...new Set(Array.from({ length: 7 }, () => random(200)))].sort((a, b) => a - b);
      const most = 1 + random(5);
      const costs = { maxTargets: most, overheadRows: random(40), paddingRow: random(100) / 100, attendingRows };
      const found = targetBatches(at(...rows), costs);
      assert.deepEqual(rowsOf(found).flat(), rows);
      assert.ok(found.every((batch) => batch.length <= most));
      const best = Math.min(...[...partitions(at(...rows), most)].map((cut) => cost(cut, costs)));
      assert.equal(Math.round(cost(found, costs) * 1e6), Math.round(best * 1e6));
    }
  });
});
