import assert from 'node:assert/strict';
import { targetBatches } from '../../../src/engine/targetBatches.ts';
import type { Target } from '../../../src/protocol/engine.ts';

const at = (...rows: number[]): Target[] => rows.map((row) => ({ row, gold: 0 }));
const rowsOf = (batches: readonly (readonly Target[])[]) => batches.map((batch) => batch.map((target) => target.row));

function cost(batches: readonly (readonly Target[])[], overhead: number): number {
  return batches.reduce((sum, batch) => sum + (batch.at(-1)!.row + 1) * (batch.length + 1) + overhead, 0);
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
    assert.deepEqual(rowsOf(targetBatches(at(10, 11, 12, 500, 501, 502), 8, 8)), [
      [10, 11, 12],
      [500, 501, 502],
    ]);
  });

  it('gives no batch for no target', () => {
    assert.deepEqual(targetBatches([], 4, 8), []);
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
      const overhead = random(40);
      const found = targetBatches(at(...rows), most, overhead);
      assert.deepEqual(rowsOf(found).flat(), rows);
      assert.ok(found.every((batch) => batch.length <= most));
      const best = Math.min(...[...partitions(at(...rows), most)].map((cut) => cost(cut, overhead)));
      assert.equal(cost(found, overhead), best);
    }
  });
});
