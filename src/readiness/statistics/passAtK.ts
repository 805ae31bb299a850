/**
 * Pass@k: how likely one of k answers is right, by the unbiased estimator from n sampled answers of which c are right.
 */

/** How a prompt went. */
export interface PromptCounts {
  /** Sampled answers, n. */
  readonly samples: number;
  /** Right ones among them, c: 0…n. */
  readonly correct: number;
}

/**
 * Share of the subsets of size k that have a right answer, `1 - C(n-c, k) / C(n, k)`: what Pass@k is on the average over
 * further sampling. As a product of as few factors as there may be, so that no binomial is computed.
 *
 * @param k 1…n
 */
export function passAtK({ samples, correct }: PromptCounts, k: number): number {
  if (samples - correct < k) return 1;
  const wrong = samples - correct;
  let none = 1;
  // The same quotient of binomials, taken apart by the answers drawn or by the right ones.
  if (k <= correct) for (let i = 0; i < k; i++) none *= (wrong - i) / (samples - i);
  else for (let i = 0; i < correct; i++) none *= (samples - k - i) / (samples - i);
  return 1 - none;
}

/** Pass@k for k = 1…most of one prompt, `[most]`. */
export function passCurve(counts: PromptCounts, most: number): Float64Array {
  return Float64Array.from({ length: most }, (_, i) => passAtK(counts, i + 1));
}

/** The largest k that every prompt has answers for; 0 without prompts. */
export function largestK(prompts: readonly PromptCounts[]): number {
  return prompts.length === 0
    ? 0
    : prompts.reduce((least, { samples }) => Math.min(least, samples), Number.MAX_SAFE_INTEGER);
}
