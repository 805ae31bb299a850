import { conditionLabel, literature } from '../../readiness/verdict/conditions.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import { readinessSentences } from '../../record/readiness/readinessSentences.ts';
import { printable } from './printable.ts';
import { percent } from './recordTables.ts';
import { type Column, table } from './table.ts';

/* What `rejuvenate readiness` prints: tables, the verdict, and what the numbers mean. */

type Sampled = ReadinessRow['sampled'][number];

const right = (head: string): Column => ({ head, align: 'right' });
const none = '–';
const number = (value: number | null | undefined, digits = 4): string =>
  (value ?? null) === null ? none : value!.toFixed(digits);
const share = (value: number | null | undefined): string => ((value ?? null) === null ? none : percent(value!));

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const interval = ({ value, low, high }: Interval): string =>
  `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** Entropy, NLL, top-1 probability and confidence on training and held-out lines. */
function teacherForcedTable({ rows, teacherForced }: ReadinessRecord): string {
  const sides = (['training', 'heldOut'] as const).filter((side) => teacherForced![side] !== null);
  const words = { training: 'training', heldOut: 'held out' };
  const heads = ['entropy (nats)', 'NLL (nats)', 'top-1 probability', 'p > 0.99'];
  return table(
    [
      { head: 'teacher-forced' },
      ...heads.flatMap((head) => sides.map((side, i) => right(i === 0 ? `${head}, ${words[side]}` : words[side]))),
      ...(sides.length === 2 ? [right('NLL gap')] : []),
    ],
    rows.map((row) => [
      row.name,
      ...sides.map((side) => number(row[side]?.entropy)),
      ...sides.map((side) => number(row[side]?.negativeLogLikelihood)),
      ...sides.map((side) => number(row[side]?.top1Probability)),
      ...sides.map((side) => share(row[side]?.confident)),
      ...(sides.length === 2 ? [number(row.nllGap)] : []),
    ]),
  );
}

/** Which k are shown: 1, the largest, and powers of two between at most two. */
function shownK(largest: number): number[] {
  return [...new Set([1, largest >= 8 ? 4 : 1, largest])];
}

function coverageText({ coverage }: Sampled): string {
  if (coverage === null) return none;
  const { lost, gained, lostPerGained } = coverage;
  return `${lost} / ${gained}${lostPerGained === null ? '' : ` = ${lostPerGained.toFixed(2)}`}`;
}

/** What was sampled at one temperature. */
function sampledTable({ rows }: ReadinessRecord, at: number): string {
  const first = rows[0]!.sampled[at]!;
  const largest = rows.reduce(
    (least, { sampled }) => Math.min(least, sampled[at]!.passAtK.length),
    first.passAtK.length,
  );
  const ks = shownK(largest);
  const groups = first.deadGroups.map(({ group }) => group);
  return table(
    [
      { head: `sampled, T = ${first.temperature}` },
      ...ks.map((k) => right(`Pass@${k}`)),
      right('gap'),
      ...groups.map((group) => right(`dead@${group}`)),
      right('lost / gained'),
      ...['answered', 'distinct', 'tokens', 'stopped', 'entropy (nats)'].map(right),
    ],
    rows.map(({ name, sampled }) => {
      const each = sampled[at]!;
      return [
        name,
        ...ks.map((k) => interval(each.passAtK[k - 1]!)),
        number(each.passAtK.length === 1 ? null : each.gap.value, 3),
        ...each.deadGroups.map(({ value, estimate }) => `${estimate === 'plug-in' ? '≤ ' : ''}${value.toFixed(3)}`),
        coverageText(each),
        share(each.answered),
        number(each.distinctAnswers, 2),
        number(each.length, 1),
        share(each.stopRate),
        number(each.entropy, 3),
      ];
    }),
  );
}

/** Each condition with where it comes from, and how each checkpoint stands. */
function verdictText({ conditions, rows }: ReadinessRecord): string {
  const judged = rows.filter(({ ready }) => ready !== null);
  const lines = judged.map(
    ({ name, ready, outcomes }) =>
      `${printable(name)}: ${ready ? 'ready' : 'not ready'} (${outcomes
        .map(({ value, met, close }, i) => {
          const label = conditionLabel(conditions[i]!);
          if (value === null) return `${label}: not measured, so not met`;
          return `${label}: ${value.toFixed(3)}${met ? '' : ', not met'}${close ? ', the bound lies within the interval' : ''}`;
        })
        .join('; ')})`,
  );
  const sources = conditions.map((condition) => `  ${conditionLabel(condition)}. From: ${printable(condition.source)}`);
  return [...lines, 'Conditions, and where they come from:', ...sources].join('\n');
}

/** Checkpoints that do not meet the conditions. */
export function notReadyNames({ rows }: ReadinessRecord): string[] {
  return rows.flatMap(({ name, ready }) => (ready === false ? [name] : []));
}

/** All of it, for a terminal. */
export function readinessText(record: ReadinessRecord, path: string | undefined): string {
  const { sampling, teacherForced, conditions } = record;
  const parts: string[] = [];
  if (teacherForced !== null) parts.push(teacherForcedTable(record));
  for (const at of sampling?.temperatures.keys() ?? []) parts.push(sampledTable(record, at));
  if (conditions.length > 0) parts.push(verdictText(record));
  parts.push(readinessSentences(record, printable).join('\n'));
  parts.push(['What others found, and where they disagree:', ...literature.map((line) => `  ${line}`)].join('\n'));
  if (path !== undefined) parts.push(`Saved as ${printable(path)}`);
  return parts.join('\n\n');
}
