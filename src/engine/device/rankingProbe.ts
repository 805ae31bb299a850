import { rankingModel, rankingModelInputs } from '../../graph/rankingModel.ts';
import { NeuronRanker } from '../../method/ranking.ts';
import { rankSample, type SampleRanking } from '../../method/sampleRanking.ts';
import type { Device } from '../../settings/devices.ts';
import { rankingFeeds, rankingOf } from '../sessions/deviceRanking.ts';
import { bool, createSession, float32 } from './runtime.ts';

/* Tries whether a device ranks neurons exactly as the host does. */

/** One for each way in which CUDA sorts: by how many there are, and how many are wanted. */
const tried = [
  { neurons: 200, limit: 10 },
  { neurons: 30_000, limit: 1_500 },
  { neurons: 200_000, limit: 10_000 },
] as const;
const targets = 3;

/** What the model ranks. @param scores `[N, neurons]` */
export function scored(scores: Float32Array, neurons: number) {
  return {
    [rankingModelInputs.scores]: float32(scores, [scores.length / neurons, neurons]),
    [rankingModelInputs.rank]: bool(true),
  };
}

/** Scores of many sizes and signs, each several times over, with the values that need care among them. */
function triedScores(count: number): Float32Array {
  const special = [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, -0, 2 ** -149, 3.4e38];
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = state >>> 20;
    if (value < special.length) return special[value]!;
    return ((value % 2 === 0 ? 1 : -1) * (1 + value)) / 2 ** (value % 40);
  });
}

const sameValues = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length &&
  Array.prototype.every.call(a, (value: number, i) => value === b[i] || (Number.isNaN(value) && Number.isNaN(b[i])));

/** Whether two rankings are of the same ranks and values; a zero's sign and a NaN's bits aside. */
export function sameRanking(a: SampleRanking, b: SampleRanking): boolean {
  return (
    a.ranked.length === b.ranked.length &&
    a.ranked.every((own, target) => sameValues(own, b.ranked[target]!)) &&
    a.topScores.every((own, target) => sameValues(own, b.topScores[target]!)) &&
    sameValues(a.scoreSum, b.scoreSum) &&
    sameValues(a.scoreMax, b.scoreMax)
  );
}

/**
 * Whether the device ranks and sums scores up as the host does, to the last bit but a zero's sign. Only CUDA is tried: on a
 * CPU the host's own way takes no longer, and goes on beside the rest; WebGPU has no float64. Never throws: the host ranks
 * where a device does not.
 */
export async function ranksLikeHost(device: Device): Promise<boolean> {
  return device === 'cuda' && (await ranksExactly(device));
}

/** As {@link ranksLikeHost}, of any device. */
export async function ranksExactly(device: Device): Promise<boolean> {
  try {
    for (const { neurons, limit } of tried) {
      const session = await createSession(
        rankingModel(neurons),
        { device, threads: 1, spinning: false },
        process.cwd(),
      );
      try {
        const scores = triedScores(targets * neurons);
        const feeds = { ...scored(scores, neurons), ...rankingFeeds(limit, neurons) };
        const found = rankingOf(await session.run(feeds));
        const own = rankSample(scores, targets, neurons, new NeuronRanker(neurons), limit);
        if (!sameRanking(found, own)) return false;
      } finally {
        await session.release();
      }
    }
    return true;
  } catch {
    return false;
  }
}
