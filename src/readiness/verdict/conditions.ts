import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';

/* Conditions that a checkpoint is to meet before RL starts from it: which measure, which bound, and who says so. */

/** What of a measure is told wherever it is shown: which tokens or prompts, which temperature. */
type Basis = 'sampled' | 'training' | 'held-out' | 'both';

interface MeasureKind {
  /** What it is, in words. */
  readonly what: string;
  readonly basis: Basis;
  /** Of a measure with a number after it, such as pass@16. */
  readonly counted?: true;
}

/** Measures that a condition may name. */
export const measureKinds = {
  'pass@': { what: 'Pass@K', basis: 'sampled', counted: true },
  'dead@': { what: 'predicted share of dead groups of size K', basis: 'sampled', counted: true },
  gap: { what: 'Pass@K − Pass@1 at the largest K', basis: 'sampled' },
  lost: { what: "share of the base's solved prompts that the checkpoint does not solve", basis: 'sampled' },
  'stop-rate': { what: 'share of the answers that end by themselves', basis: 'sampled' },
  distinct: { what: 'different final answers a prompt', basis: 'sampled' },
  'sampled-entropy': { what: 'mean entropy of the sampled tokens, nats', basis: 'sampled' },
  'training-entropy': { what: 'mean teacher-forced entropy on the training lines, nats', basis: 'training' },
  'held-out-entropy': { what: 'mean teacher-forced entropy on the held-out lines, nats', basis: 'held-out' },
  'held-out-nll': { what: 'mean NLL of the held-out lines, nats', basis: 'held-out' },
  'nll-gap': { what: 'NLL of the held-out lines − NLL of the training lines, nats', basis: 'both' },
  confident: { what: 'share of the held-out rows whose top-1 probability is above 0.99', basis: 'held-out' },
} as const satisfies Record<string, MeasureKind>;
export type MeasureName = keyof typeof measureKinds;

/** A bound on one measure. */
export interface Condition {
  readonly measure: MeasureName;
  /** K or G of a counted measure, else 0. */
  readonly count: number;
  readonly bound: 'min' | 'max';
  readonly value: number;
  /** Where the bound comes from, in a sentence. */
  readonly source: string;
}

const ownSource = 'Your own (given on the command line).';

/**
 * The condition that holds when none is given. It is arithmetic more than a finding: where most groups are dead, most of what RL
 * samples teaches nothing. Bounds on entropy are left to the user: the literature disagrees.
 */
export const defaultConditions: readonly Condition[] = [
  {
    measure: 'dead@',
    count: 8,
    bound: 'max',
    value: 0.5,
    source:
      'arXiv 2606.18487: with p below p*(G) = 1 - 2^(-1/G) most groups have identical rewards and give GRPO no signal (p*(8) = 0.083). ' +
      'Counted here over all prompts, all-right groups included.',
  },
];

/** Why no bound on entropy or Pass@k holds by itself: what those who measured say. */
export const literature: readonly string[] = [
  'arXiv 2606.18487: on one model pre-RL entropy went with what GRPO reached (rank correlation 0.69); on the other of the two, outcomes moved together rather than changing their order.',
  'arXiv 2510.01624: held-out loss and Pass@k at large k told what RL reached better than SFT scores did. They ranked checkpoints; the abstract names no bound.',
  'arXiv 2606.09932: diversity is judged by Pass@K − Pass@1, and a repair may cost accuracy before RL.',
  'arXiv 2512.22955: next-token distributions that favour precision over entropy were the better start for RL, against the rule that more entropy is better.',
];

/** `dead@8`, `sampled-entropy`. */
export function measureLabel({ measure, count }: Pick<Condition, 'measure' | 'count'>): string {
  return count === 0 ? measure : `${measure}${count}`;
}

/** `dead@8 at most 0.5`. */
export function conditionLabel(condition: Condition): string {
  return `${measureLabel(condition)} ${condition.bound === 'min' ? 'at least' : 'at most'} ${condition.value}`;
}

/**
 * A condition as it is written on the command line.
 *
 * @param text `MEASURE=VALUE`, such as `pass@16=0.3`
 * @throws InputError when there is no such measure, or the value is no number
 */
export function parseCondition(text: string, bound: Condition['bound']): Condition {
  const match = /^\s*([a-z-]+@?)(\d{0,6})\s*=\s*(\S+)\s*$/.exec(text);
  const name = match?.[1] ?? '';
  const value = Number(match?.[3]);
  const kind: MeasureKind | undefined = Object.hasOwn(measureKinds, name)
    ? measureKinds[name as MeasureName]
    : undefined;
  const count = Number(match?.[2] || 0);
  if (kind === undefined || !Number.isFinite(value) || (kind.counted === true) !== count > 0) {
    const names = Object.keys(measureKinds).map((each) => (each.endsWith('@') ? `${each}K` : each));
    throw new InputError(
      `${shown(text)} is no condition: write MEASURE=VALUE, for example pass@16=0.3. Measures: ${names.join(', ')}.`,
    );
  }
  return { measure: name as MeasureName, count, bound, value, source: ownSource };
}
