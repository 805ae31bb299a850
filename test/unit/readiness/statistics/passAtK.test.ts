import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { deadShares, estimateOf, halfDeadRate } from '../../../../src/readiness/statistics/deadGroups.ts';
import { largestK, passAtK, passCurve } from '../../../../src/readiness/statistics/passAtK.ts';

interface Counted {
  readonly n: number;
  readonly c: number;
  readonly k: number;
  readonly subsets: number;
  readonly any: number;
  readonly right: number;
  readonly wrong: number;
}

const { subsets } = JSON.parse(readFileSync('test/fixtures/readiness/golden.json', 'utf8')) as { subsets: Counted[] };

const near = (one: number, other: number, what: string) =>
  assert.ok(Math.abs(one - other) < 1e-12, `${what}: ${one} and ${other}`);

describe('Pass@k and dead groups', () => {
  it('are what a count over all subsets gives', () => {
    assert.equal(subsets.length, 1 * 2 + 2 * 3 + 5 * 6 + 9 * 10);
    for (const { n, c, k, subsets: all, any, right, wrong } of subsets) {
      const counts = { samples: n, correct: c };
      near(passAtK(counts, k), any / all, `Pass@${k} of ${c} in ${n}`);
      const dead = deadShares(counts, k, estimateOf(k, n));
      near(dead.right, right / all, `all right, ${k} of ${c} in ${n}`);
      near(dead.wrong, wrong / all, `all wrong, ${k} of ${c} in ${n}`);
    }
  });

  it('stay finite and in order where binomials would overflow', () => {
    const curve = passCurve({ samples: 4096, correct: 1 }, 4096);
    assert.equal(curve.length, 4096);
    curve.forEach((value, i) => {
      near(value, (i + 1) / 4096, `k = ${i + 1}`);
    });
    assert.deepEqual(deadShares({ samples: 4096, correct: 4096 }, 64, 'unbiased'), { right: 1, wrong: 0 });
    assert.ok(passCurve({ samples: 4096, correct: 0 }, 4096).every((value) => value === 0));
  });

  it('of larger groups than there are answers put c/n for p, and say so', () => {
    assert.equal(estimateOf(16, 8), 'plug-in');
    const { right, wrong } = deadShares({ samples: 8, correct: 6 }, 16, 'plug-in');
    near(right, 0.75 ** 16, 'right');
    near(wrong, 0.25 ** 16, 'wrong');
  });

  it('go up to the fewest answers that a prompt has', () => {
    assert.equal(largestK([]), 0);
    assert.equal(
      largestK([
        { samples: 16, correct: 1 },
        { samples: 3, correct: 3 },
      ]),
      3,
    );
  });

  it('are all wrong for half of the groups at p*(G)', () => {
    for (const group of [2, 8, 64]) near((1 - halfDeadRate(group)) ** group, 0.5, `G = ${group}`);
    assert.equal(halfDeadRate(8).toFixed(3), '0.083');
  });
});
