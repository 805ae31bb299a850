import { type Interval, meanIntervals } from './bootstrap.ts';
import { type DeadGroupEstimate, deadShares, estimateOf } from './deadGroups.ts';
import { largestK, type PromptCounts, passCurve } from './passAtK.ts';
import type { SampledTally } from './sampledTally.ts';

/* The figures of sampled answers: what a table, a record and a page show of one checkpoint at one temperature. */

/** A mean over the prompts with its bootstrap interval. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** Predicted share of dead groups of one size. */
export interface DeadGroups extends Estimate {
  readonly group: number;
  readonly estimate: DeadGroupEstimate;
  /** Of `value`: groups whose answers are all right, and all wrong. */
  readonly right: number;
  readonly wrong: number;
}

export interface SampledFigures {
  /** `[K]` Pass@k at k = 1…K, K the fewest answers of a prompt. */
  readonly passAtK: readonly Estimate[];
  /** Pass@K − Pass@1. */
  readonly gap: Estimate;
  readonly deadGroups: readonly DeadGroups[];
  /** Mean over prompts of the number of different final answers. */
  readonly distinctAnswers: number;
  /** Share of the answers in which a final answer was found. */
  readonly answered: number;
  /** Mean tokens of an answer; `null` where the source does not say. So are those that follow. */
  readonly length: number | null;
  readonly longest: number | null;
  /** Share of the answers that ended by themselves. */
  readonly stopRate: number | null;
  /** Mean entropy over the sampled tokens, nats, of the distribution at temperature 1. */
  readonly entropy: number | null;
  /** Mean −log p of the sampled tokens at temperature 1, nats. */
  readonly surprisal: number | null;
  /** `[bins]` sampled tokens by their entropy. */
  readonly entropyCounts: readonly number[] | null;
  /** `[prompts]` in the file's order. */
  readonly counts: readonly PromptCounts[];
}

/** Prompts that went alike are of one kind. */
function kindsOf(counts: readonly PromptCounts[]): { readonly kindOf: Int32Array; readonly kinds: PromptCounts[] } {
  const known = new Map<string, number>();
  const kinds: PromptCounts[] = [];
  const kindOf = Int32Array.from(counts, (each) => {
    const key = `${each.correct}/${each.samples}`;
    let kind = known.get(key);
    if (kind === undefined) {
      kind = kinds.push(each) - 1;
      known.set(key, kind);
    }
    return kind;
  });
  return { kindOf, kinds };
}

/**
 * @param tally at least one prompt, every prompt with at least one answer
 * @param groups sizes of groups
 * @param seed of the bootstrap: whole number from 0 to 2^53 - 1
 */
export function sampledFigures(tally: SampledTally, groups: readonly number[], seed: number): SampledFigures {
  const prompts = tally.prompts;
  const counts = prompts.map(({ samples, correct }) => ({ samples, correct }));
  const { kindOf, kinds } = kindsOf(counts);
  const most = largestK(counts);
  const estimates = groups.map((group) => estimateOf(group, most));
  const rows = kinds.map((kind) => {
    const curve = passCurve(kind, most);
    const dead = groups.map((group, i) => deadShares(kind, group, estimates[i]!));
    return { curve, gap: curve[most - 1]! - curve[0]!, dead };
  });
  const sizes = new Float64Array(kinds.length);
  for (const kind of kindOf) sizes[kind]!++;
  const mean = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row, kind) => sum + sizes[kind]! * of(row), 0) / counts.length;
  const columns = rows.map(({ curve, gap, dead }) => [...curve, gap, ...dead.map(({ right, wrong }) => right + wrong)]);
  const intervals = meanIntervals(kindOf, columns, seed);
  const overPrompts = (of: (prompt: (typeof prompts)[number]) => number): number =>
    prompts.reduce((sum, prompt) => sum + of(prompt), 0);
  const { length, stopped, surprisal, entropy } = tally;
  return {
    passAtK: Array.from({ length: most }, (_, i) => ({ value: mean(({ curve }) => curve[i]!), ...intervals[i]! })),
    gap: { value: mean(({ gap }) => gap), ...intervals[most]! },
    deadGroups: groups.map((group, i) => {
      const right = mean(({ dead }) => dead[i]!.right);
      const wrong = mean(({ dead }) => dead[i]!.wrong);
      return { group, estimate: estimates[i]!, value: right + wrong, right, wrong, ...intervals[most + 1 + i]! };
    }),
    distinctAnswers: overPrompts(({ distinct }) => distinct) / prompts.length,
    answered: overPrompts(({ answered }) => answered) / overPrompts(({ samples }) => samples),
    length: length.value,
    longest: length.value === null ? null : length.largest,
    stopRate: stopped.value,
    entropy: entropy.mean,
    surprisal: surprisal.value,
    entropyCounts: entropy.total === 0 ? null : entropy.counts,
    counts,
  };
}
