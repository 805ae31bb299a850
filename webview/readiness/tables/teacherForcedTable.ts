import { count, decimal, percent } from '../../page/format.ts';
import type { TeacherForced } from '../state/model.ts';
import type { Page, Part } from '../state/page.ts';
import { type FigureColumn, figuresTable } from './figuresTable.ts';

/* Teacher-forced figures on training and held-out lines, a row a checkpoint. */

interface Measure {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly value: (figures: TeacherForced) => number;
  readonly text: (value: number) => string;
}

const nats = (value: number) => decimal(value, 4);

const measures: readonly Measure[] = [
  {
    name: 'entropy_nats',
    title: 'entropy',
    hint: 'mean entropy of the next-token distribution, nats',
    value: ({ entropy }) => entropy,
    text: nats,
  },
  {
    name: 'nll_nats',
    title: 'NLL',
    hint: 'mean −log p of the written token, nats',
    value: (each) => each.negativeLogLikelihood,
    text: nats,
  },
  {
    name: 'top1',
    title: 'top-1',
    hint: 'mean probability of the most likely token',
    value: (each) => each.top1Probability,
    text: nats,
  },
  {
    name: 'confident',
    title: 'p > 0.99',
    hint: 'share of the tokens whose most likely token has a probability above 0.99',
    value: ({ confident }) => confident,
    text: percent,
  },
];

const sides = { training: 'training lines', heldOut: 'held-out lines' } as const;

export function teacherForcedTable(page: Page): Part {
  const { model } = page;
  const about = model.teacherForced!;
  const measured = (Object.keys(sides) as (keyof typeof sides)[]).filter((side) => about[side] !== null);
  const columns: FigureColumn[] = measured.flatMap((side) =>
    measures.map(({ name, title, hint, value, text }) => ({
      name: `${side === 'training' ? 'training' : 'held_out'}_${name}`,
      title: `${title}, ${side === 'training' ? 'training' : 'held out'}`,
      hint: `${hint}; teacher-forced over the response tokens of the ${sides[side]}, at temperature 1`,
      value: (row) => {
        const figures = model.rows[row]![side];
        return figures === null ? null : value(figures);
      },
      text: (row) => {
        const figures = model.rows[row]![side];
        return figures === null ? '' : text(value(figures));
      },
    })),
  );
  if (measured.length === 2) {
    columns.push({
      name: 'nll_gap_nats',
      title: 'NLL gap',
      hint: 'NLL of the held-out lines less that of the training lines, nats: overfitting only if both are lines of the same kind',
      value: (row) => model.rows[row]!.nllGap,
      text: (row) => {
        const { nllGap } = model.rows[row]!;
        return nllGap === null ? '' : nats(nllGap);
      },
    });
  }
  const lines = measured.map((side) => `${count(about[side]!.samples)} ${sides[side]}`).join(' and ');
  return figuresTable(page, {
    name: 'teacher-forced',
    title: 'Teacher-forced',
    caption: () => `Means over the response tokens of ${lines}, at temperature 1, on ${about.device}.`,
    columns: () => columns,
  });
}
