import type { NextTokenDistributions } from '../../../src/protocol/comparison.ts';
import type { Sample } from '../state/sample.ts';

/* Chooses the next tokens to list, with the probability of each under every checkpoint. */

/** One token's probability under every checkpoint. */
export interface NextToken {
  readonly id: number;
  /** Untrusted. */
  readonly text: string;
  readonly gold: boolean;
  /** A checkpoint each; undefined where the record kept only likelier ones. */
  readonly probabilities: readonly (number | undefined)[];
}

/** Tokens listed: beyond these nothing is seen on a linear scale. */
const listed = 12;

/** The smallest probability that each checkpoint's kept tokens have: others are no likelier. */
export function leastKept(sample: Sample, row: number, topTokens: number): number[] {
  return sample.measures.map(({ topProbabilities }) => topProbabilities[(row + 1) * topTokens - 1] ?? 1);
}

/**
 * The most likely next tokens of all checkpoints that the record kept at a response row, most likely first, with the
 * gold token.
 */
export function keptNextTokens(sample: Sample, row: number, topTokens: number, gold: number): NextToken[] {
  const found = new Map<number, (number | undefined)[]>();
  const entry = (id: number) => {
    const known = found.get(id) ?? sample.measures.map(() => undefined);
    found.set(id, known);
    return known;
  };
  entry(gold);
  sample.measures.forEach(({ topIds, topProbabilities, negativeLogLikelihood }, checkpoint) => {
    for (let place = row * topTokens; place < (row + 1) * topTokens; place++) {
      entry(topIds[place]!)[checkpoint] = topProbabilities[place]!;
    }
    // The gold token's probability is known everywhere: its negative log-likelihood was kept.
    entry(gold)[checkpoint] ??= Math.exp(-negativeLogLikelihood[row]!);
  });
  return byProbability(
    Array.from(found, ([id, probabilities]) => ({
      id,
      text: sample.textOf.get(id) ?? '',
      gold: id === gold,
      probabilities,
    })),
  );
}

/** The same from the engine's answer: every probability is known. */
export function allNextTokens({ ids, texts, probabilities, gold }: NextTokenDistributions): NextToken[] {
  return byProbability(
    Array.from(ids, (id, place) => ({
      id,
      text: texts[place] ?? '',
      gold: id === gold,
      probabilities: probabilities.map((each) => each[place]),
    })),
  );
}

function byProbability(tokens: readonly NextToken[]): NextToken[] {
  const best = ({ probabilities }: NextToken) => Math.max(...probabilities.map((value) => value ?? 0));
  const sorted = tokens.toSorted((a, b) => best(b) - best(a) || a.id - b.id);
  const kept = sorted.slice(0, listed);
  const gold = sorted.find((token) => token.gold);
  return gold === undefined || kept.includes(gold) ? kept : [...kept.slice(0, -1), gold];
}
