import assert from 'node:assert/strict';
import {
  batchesOf,
  groupCount,
  type RunCosts,
  sampleBatches,
  wholeBatches,
} from '../../../../src/engine/plan/sampleBatches.ts';
import type { SampleBatch } from '../../../../src/protocol/engine.ts';

/** What a cut costs beside the samples' own rows; undefined when a run is too large. */
function cost(
  rows: readonly number[],
  batches: readonly SampleBatch[],
  { maxRows, overheadRows, pairRows }: RunCosts,
): number | undefined {
  let sum = 0;
  for (const { from, to } of batches) {
    const own = rows.slice(from, to).filter((each) => each > 0);
    if (own.length === 0) continue;
    const longest = Math.max(...own);
    if (own.length > 1 && own.length * longest > maxRows) return undefined;
    sum += overheadRows + pairRows * own.length * longest ** 2;
  }
  return sum;
}

/** Every way to cut samples `from…to` into consecutive batches. */
function* partitions(from: number, to: number): Generator<SampleBatch[]> {
  if (from === to) yield [];
  for (let end = from + 1; end <= to; end++) {
    for (const rest of partitions(end, to)) yield [{ from, to: end }, ...rest];
  }
}

const sizes = (batches: readonly SampleBatch[]) => batches.map(({ from, to }) => to - from);

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (1664525 * state + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('sample batches', () => {
  const costs: RunCosts = { maxRows: 1024, overheadRows: 40, pairRows: 0.0007 };

  it('puts short neighbours together', () => {
    assert.deepEqual(sizes(sampleBatches([80, 100, 90, 110], costs)), [4]);
  });

  it('keeps a short sample apart from a long one, whose length attention would be padded to', () => {
    assert.deepEqual(sizes(sampleBatches([50, 60, 500, 490, 55], costs)), [2, 2, 1]);
  });

  it('gives no run more rows than allowed, padding counted, but for a single sample', () => {
    assert.deepEqual(sizes(sampleBatches([100, 100, 100], { ...costs, maxRows: 299 })), [2, 1]);
    assert.deepEqual(sizes(sampleBatches([100, 100, 100], { ...costs, maxRows: 300 })), [3]);
    assert.deepEqual(sizes(sampleBatches([2000, 2000], costs)), [1, 1]);
  });

  it('counts nothing for a sample without rows', () => {
    assert.deepEqual(sizes(sampleBatches([100, 0, 100, 100], { ...costs, maxRows: 300 })), [4]);
    assert.deepEqual(sampleBatches([], costs), []);
  });

  it('is the cheapest of all cuts within the limit', () => {
    const random = generator(12345);
    for (let round = 0; round < 100; round++) {
      const rows = Array.from({ length: 1 + random(8) }, () => (random(6) === 0 ? 0 : 1 + random(300)));
      const own = { maxRows: 1 + random(1200), overheadRows: random(80), pairRows: random(100) / 1e5 };
      const found = sampleBatches(rows, own);
      assert.equal(found[0]!.from, 0);
      assert.deepEqual(
        [...found.slice(1).map(({ from }) => from), rows.length],
        found.map(({ to }) => to),
      );
      const every = [...partitions(0, rows.length)]
        .map((each) => cost(rows, each, own))
        .filter((each) => each !== undefined);
      const taken = cost(rows, found, own);
      assert.ok(taken !== undefined, 'a run is too large');
      assert.equal(Math.round(taken * 1e6), Math.round(Math.min(...every) * 1e6));
    }
  });
});

describe('whole batches of samples', () => {
  const batches: readonly SampleBatch[] = [
    { from: 0, to: 3 },
    { from: 3, to: 4 },
    { from: 4, to: 8 },
  ];

  it('are as many as fit, and one at least', () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    assert.deepEqual(
      [1, 2, 3, 4, 7, 8, 100].map((atMost) => wholeBatches(batches, all, atMost)),
      [3, 3, 3, 4, 4, 8, 8],
    );
    assert.equal(wholeBatches(batches, [], 4), 0);
  });

  it('count in full where some of their samples are missing', () => {
    assert.equal(wholeBatches(batches, [2, 3, 6, 7], 4), 2);
    assert.equal(wholeBatches(batches, [2, 3, 6, 7], 8), 4);
    assert.deepEqual(batchesOf(batches, [2, 6, 7]), [batches[0], batches[2]]);
  });

  it('are samples by themselves where nothing is said', () => {
    assert.equal(wholeBatches([], [4, 5, 9], 2), 2);
    assert.deepEqual(batchesOf([], [4, 9]), [
      { from: 4, to: 5 },
      { from: 9, to: 10 },
    ]);
  });

  it('make as many groups as are counted', () => {
    const random = generator(99);
    for (let round = 0; round < 50; round++) {
      const some: SampleBatch[] = [];
      while (some.length < 6) {
        const from = some.at(-1)?.to ?? 0;
        some.push({ from, to: from + 1 + random(4) });
      }
      const atMost = 1 + random(8);
      let left = Array.from({ length: some.at(-1)!.to }, (_, position) => position);
      let groups = 0;
      for (; left.length > 0; groups++) left = left.slice(wholeBatches(some, left, atMost));
      assert.equal(groupCount(some, atMost), groups);
    }
  });
});
