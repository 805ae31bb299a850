import type { PromptCounts } from './passAtK.ts';

/* Dead groups: groups of answers to one prompt that all have the same reward, so that GRPO learns nothing from them. */

/**
 * How a share of dead groups was estimated from n answers to a prompt: `unbiased` by counting all groups of size G within
 * them (G ≤ n); `plug-in` by putting c/n for the prompt's p into p^G + (1-p)^G, which is too high on the average.
 */
export type DeadGroupEstimate = 'unbiased' | 'plug-in';

/** Shares of groups of one prompt, 0…1. */
export interface DeadShares {
  /** All answers right. */
  readonly right: number;
  /** All answers wrong. */
  readonly wrong: number;
}

/** Share of the subsets of size `group` that lie within `part` of `whole` things: `C(part, group) / C(whole, group)`. */
function within(part: number, whole: number, group: number): number {
  if (part < group) return 0;
  let share = 1;
  for (let i = 0; i < group; i++) share *= (part - i) / (whole - i);
  return share;
}

/** Which estimate groups of a size have. @param least answers that every prompt has at least */
export function estimateOf(group: number, least: number): DeadGroupEstimate {
  return group <= least ? 'unbiased' : 'plug-in';
}

/** Predicted shares of dead groups of a size for one prompt. */
export function deadShares({ samples, correct }: PromptCounts, group: number, estimate: DeadGroupEstimate): DeadShares {
  if (estimate === 'unbiased') {
    return { right: within(correct, samples, group), wrong: within(samples - correct, samples, group) };
  }
  const p = correct / samples;
  return { right: p ** group, wrong: (1 - p) ** group };
}

/**
 * The p below which most groups of a size are all wrong: `1 - 2^(-1/G)`. arXiv 2606.18487 calls it p*(G); p*(8) = 0.083.
 */
export function halfDeadRate(group: number): number {
  return 1 - 2 ** (-1 / group);
}
