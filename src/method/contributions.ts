/*
 * What a run keeps of every single target besides its logit: the terms that the logit is the sum of, and the neurons that
 * push it most. Everything else about neurons is kept over all targets together (neuronStatistics.ts).
 */

/** Neurons kept of every target, those that push it most. */
export const keptNeurons = 128;

/** Neurons kept of a target where no more than so many ranks are. */
export function keptNeuronCount(rankLimit: number): number {
  return Math.min(keptNeurons, rankLimit);
}

/**
 * Terms of a logit with the final norm frozen: the embedding, attention's and the feed-forward block's write of every
 * layer, and the head's bias, in this order.
 */
export function termCount(layers: number): number {
  return 2 * layers + 2;
}

/** Of S targets; rows of targets that are not finished are 0. */
export interface Contributions {
  /** `[S, terms]`, logits; see {@link termCount}. They add up to the rebuilt logit. */
  readonly terms: Float32Array;
  /** `[S, kept]`: flat indices of neurons, best first; -1 where fewer have a positive score. */
  readonly topNeurons: Int32Array;
  /** `[S, kept]`, logits; 0 where there is no neuron. */
  readonly topScores: Float32Array;
}

/** How much there is of {@link Contributions}. */
export interface ContributionSizes {
  readonly targets: number;
  readonly terms: number;
  readonly kept: number;
}

export function noContributions({ targets, terms, kept }: ContributionSizes): Contributions {
  return {
    terms: new Float32Array(targets * terms),
    topNeurons: new Int32Array(targets * kept).fill(-1),
    topScores: new Float32Array(targets * kept),
  };
}

/** Sets what was found at one target. @param found its neurons best first, with as many scores as are to be kept */
export function setContribution(
  contributions: Contributions,
  { terms, kept }: ContributionSizes,
  target: number,
  found: { readonly terms: Float32Array; readonly ranked: Uint32Array; readonly topScores: Float32Array },
): void {
  contributions.terms.set(found.terms, target * terms);
  const count = Math.min(kept, found.ranked.length, found.topScores.length);
  contributions.topNeurons.set(found.ranked.subarray(0, count), target * kept);
  contributions.topScores.set(found.topScores.subarray(0, count), target * kept);
}

/** The logit that terms add up to. */
export function sumOf(terms: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < terms.length; i++) sum += terms[i]!;
  return sum;
}
