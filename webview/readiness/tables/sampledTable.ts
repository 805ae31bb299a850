import { type Child, html } from '../../page/dom.ts';
import { count, decimal, percent } from '../../page/format.ts';
import type { Sampled } from '../state/model.ts';
import type { Page, Part } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type FigureColumn, figuresTable } from './figuresTable.ts';

/* What was sampled at one temperature, a row a checkpoint. */

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function interval({ value, low, high }: Interval): Child {
  return html('span', {}, decimal(value), html('span', { class: 'muted' }, ` [${decimal(low)}, ${decimal(high)}]`));
}

function coverageText({ coverage }: Sampled): string {
  if (coverage === null) return '';
  const { lost, gained, lostPerGained } = coverage;
  return `${count(lost)} / ${count(gained)}${lostPerGained === null ? '' : ` = ${decimal(lostPerGained, 2)}`}`;
}

/** `16 answers to each of 100 prompts …, graded by …`: what the table is of. */
export function sampledBasis({ model }: Page, { temperature }: State): string {
  const { samples, prompts, topP, maxTokens, grader, temperatures } = model.sampling!;
  const each = temperatures[temperature] === 0 ? 1 : samples;
  const answers = `${count(each)} ${each === 1 ? 'answer' : 'answers'}`;
  return `${answers} to each of ${count(prompts.lines.length)} prompts, sampled at ${model.temperatureName(temperature)}${topP === 1 ? '' : `, top-p ${topP}`}, at most ${count(maxTokens)} tokens; graded by ${grader.described}.`;
}

export function sampledTable(page: Page): Part {
  const { model } = page;
  const columns = (state: State): readonly FigureColumn[] => {
    const of = (row: number) => model.sampled(row, state)!;
    const at = model.temperatureName(state.temperature);
    const largest = Math.min(...model.rows.map((_, row) => of(row).passAtK.length));
    const groups = of(0).deadGroups.map(({ group }) => group);
    const plain = (
      name: string,
      title: string,
      hint: string,
      value: (sampled: Sampled) => number | null,
      text: (value: number) => string,
    ): FigureColumn => ({
      ...{ name, title, hint: `${hint} (sampled at ${at})` },
      value: (row) => value(of(row)),
      text: (row) => {
        const own = value(of(row));
        return own === null ? '' : text(own);
      },
    });
    const pass = (k: number): FigureColumn => ({
      name: `pass_at_${k}`,
      title: `Pass@${k}`,
      hint: `chance that one of ${count(k)} ${k === 1 ? 'answer' : 'answers'} is right, with its interval over prompts (sampled at ${at})`,
      value: (row) => of(row).passAtK[k - 1]?.value,
      text: (row) => interval(of(row).passAtK[k - 1]!),
    });
    return [
      ...[...new Set([1, largest >= 8 ? 4 : 1, largest])].map(pass),
      ...(largest > 1
        ? [
            plain(
              'gap',
              'gap',
              'Pass@K − Pass@1 at the largest K: what there is to gain by sharpening alone',
              ({ gap }) => gap.value,
              (value) => decimal(value),
            ),
          ]
        : []),
      ...groups.map(
        (group, i): FigureColumn => ({
          name: `dead_at_${group}`,
          title: `dead@${group}`,
          hint: `predicted share of groups of ${count(group)} answers that are all right or all wrong, from which GRPO learns nothing; ≤ where it is too high on the average (sampled at ${at})`,
          value: (row) => of(row).deadGroups[i]?.value,
          text: (row) => {
            const { value, estimate } = of(row).deadGroups[i]!;
            return `${estimate === 'plug-in' ? '≤ ' : ''}${decimal(value)}`;
          },
        }),
      ),
      ...(model.hasBase
        ? [
            {
              name: 'lost_per_gained',
              title: 'lost / gained',
              hint: `prompts that the base solves at least once and the checkpoint never, and the other way round; their ratio where something is gained (sampled at ${at})`,
              value: (row: number) => of(row).coverage?.lostPerGained,
              text: (row: number) => coverageText(of(row)),
            },
          ]
        : []),
      plain(
        'answered',
        'answered',
        'share of the answers in which the grader found a final answer',
        ({ answered }) => answered,
        percent,
      ),
      plain(
        'distinct',
        'distinct',
        'different final answers to a prompt, wrong ones too, mean over prompts',
        ({ distinctAnswers }) => distinctAnswers,
        (value) => decimal(value, 2),
      ),
      plain(
        'tokens',
        'tokens',
        'mean tokens of an answer',
        ({ length }) => length,
        (value) => decimal(value, 1),
      ),
      plain('stopped', 'stopped', 'share of the answers that ended by themselves', ({ stopRate }) => stopRate, percent),
      plain(
        'sampled_entropy_nats',
        'entropy (nats)',
        'mean over all sampled tokens of the whole distribution’s entropy at temperature 1',
        ({ entropy }) => entropy,
        (value) => decimal(value),
      ),
    ];
  };
  return figuresTable(page, {
    name: 'sampled',
    title: 'Sampled answers',
    caption: (state) => sampledBasis(page, state),
    columns,
  });
}
