import { keptNeurons } from './contributions.ts';
import type { NeuronRanker } from './ranking.ts';

/* Ranks the neurons at every target of one sample, and sums their scores up. */

/** One sample's scores summed up. */
export interface SampleRanking {
  /** A target each: flat indices of neurons with strictly positive score, best first, at most the limit (eq. 4). */
  readonly ranked: readonly Uint32Array[];
  /** A target each: scores of the first of them, at most {@link keptNeurons}. */
  readonly topScores: readonly Float32Array[];
  /** `[neurons]`, over the sample's targets. */
  readonly scoreSum: Float64Array;
  /** `[neurons]`, over the sample's targets; 0 where there is no target. */
  readonly scoreMax: Float32Array;
}

/**
 * Ranks the neurons at every target of a sample and sums their scores up.
 * @param scores `[targets, neurons]`, flat order; @param limit most ranks kept a target
 */
export function rankSample(
  scores: Float32Array,
  targets: number,
  neurons: number,
  ranker: NeuronRanker,
  limit: number,
): SampleRanking {
  const scoreSum = new Float64Array(neurons);
  const scoreMax = new Float32Array(neurons).fill(targets === 0 ? 0 : Number.NEGATIVE_INFINITY);
  const ranked = Array.from({ length: targets }, (_, target) => {
    const own = scores.subarray(target * neurons, (target + 1) * neurons);
    for (let neuron = 0; neuron < neurons; neuron++) {
      const score = own[neuron]!;
      scoreSum[neuron]! += score;
      if (score > scoreMax[neuron]!) scoreMax[neuron] = score;
    }
    return ranker.rank(own, limit);
  });
  const topScores = ranked.map((own, target) =>
    Float32Array.from(own.subarray(0, keptNeurons), (neuron) => scores[target * neurons + neuron]!),
  );
  return { ranked, topScores, scoreSum, scoreMax };
}
