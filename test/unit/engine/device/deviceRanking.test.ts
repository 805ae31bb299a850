import assert from 'node:assert/strict';
import { ranksExactly, ranksLikeHost, sameRanking, scored } from '../../../../src/engine/device/rankingProbe.ts';
import { createSession } from '../../../../src/engine/device/runtime.ts';
import { rankingFeeds, rankingOf } from '../../../../src/engine/sessions/deviceRanking.ts';
import { rankingModel } from '../../../../src/graph/rankingModel.ts';
import { NeuronRanker } from '../../../../src/method/ranking.ts';
import { rankSample } from '../../../../src/method/sampleRanking.ts';

/* Holds ranking in a graph, here on the CPU, to the method's own. */

const cpu = { device: 'cpu', threads: 1, spinning: false } as const;

/** Draws of 32 bits (mulberry32). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Scores of a kind, by name. */
const kinds: Readonly<Record<string, (draw: () => number) => number>> = {
  'any float32': (draw) => new Float32Array(Uint32Array.of(draw()).buffer)[0]!,
  'of one size': (draw) => draw() / 2 ** 32 - 0.5,
  'few values': (draw) => (draw() % 5) - 2,
  'neighbours among float32': (draw) => new Float32Array(Uint32Array.of(0x3f7ffff8 + (draw() % 16)).buffer)[0]!,
  'the smallest': (draw) => (draw() % 4) * 2 ** -149,
  infinite: (draw) =>
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 3.4028234663852886e38][draw() % 4]!,
  equal: () => 0.25,
  'none positive': (draw) => -(draw() % 3),
  'no number': () => Number.NaN,
};

describe('ranking on a device', () => {
  it('gives the ranks and sums of the method, ties included', async () => {
    const draw = draws(7);
    for (const neurons of [1, 2, 97, 1000]) {
      const session = await createSession(rankingModel(neurons), cpu, process.cwd());
      try {
        for (const [kind, score] of Object.entries(kinds)) {
          for (const targets of [1, 2, 7]) {
            const scores = Float32Array.from({ length: targets * neurons }, () => score(draw));
            for (const limit of new Set([1, Math.ceil(neurons / 20), neurons, 2 * neurons])) {
              const expected = rankSample(scores, targets, neurons, new NeuronRanker(neurons), limit);
              const feeds = { ...scored(scores, neurons), ...rankingFeeds(limit, neurons) };
              const found = rankingOf(await session.run(feeds));
              const name = `${kind}, ${neurons} neurons, ${targets} targets, limit ${limit}`;
              assert.ok(sameRanking(found, expected), name);
              assert.deepEqual(found.ranked, expected.ranked, name);
            }
          }
        }
      } finally {
        await session.release();
      }
    }
  });

  it('is tried at the sizes that devices sort in different ways', async () => {
    assert.equal(await ranksExactly('cpu'), true);
  });

  it('is left to the host on a CPU, and where the device fails', async () => {
    assert.equal(await ranksLikeHost('cpu'), false);
    assert.equal(await ranksExactly('dml'), false);
  });
});
