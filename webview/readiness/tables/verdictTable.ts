import type { ShownCondition, ShownRow } from '../../../src/protocol/readiness.ts';
import { type Child, html } from '../../page/dom.ts';
import { decimal } from '../../page/format.ts';
import type { Page, Part } from '../state/page.ts';
import { rowName } from './figuresTable.ts';

/* The verdict: how each checkpoint stands to each condition, and where the conditions come from. */

type Outcome = ShownRow['outcomes'][number];

const words = { true: 'ready', false: 'not ready' } as const;

function outcomeText({ value, met, close }: Outcome): Child[] {
  const said = met ? 'met' : html('strong', {}, 'not met');
  if (value === null) return ['not measured, so ', said];
  return [`${decimal(value)}, `, said, close ? '; the bound lies within the interval' : ''];
}

function verdictRow(page: Page, row: ShownRow, position: number): HTMLElement {
  const { ready, outcomes } = row;
  return html(
    'tr',
    { class: ready === null ? '' : ready ? 'ready' : 'not-ready' },
    rowName(page, row, position),
    html(
      'td',
      { class: 'verdict' },
      ready === null ? html('span', { class: 'muted' }, 'not judged') : `${ready ? '✓' : '✗'} ${words[`${ready}`]}`,
    ),
    ...page.model.summary.conditions.map((_, i) => {
      const outcome = outcomes[i];
      return html('td', {}, ...(outcome === undefined ? ['–'] : outcomeText(outcome)));
    }),
  );
}

function conditionItem({ label, what, source }: ShownCondition): HTMLElement {
  return html('li', {}, html('strong', {}, label), `: ${what}. From: `, html('bdi', {}, source));
}

export function verdictTable(page: Page): Part {
  const { conditions } = page.model.summary;
  const element = html(
    'section',
    { class: 'figure', 'aria-label': 'Verdict' },
    html('header', {}, html('h2', {}, 'Verdict')),
    html(
      'p',
      { class: 'caption' },
      'A checkpoint is ready when it meets every condition. The base is what the others are held against, and is not judged.',
    ),
    html(
      'div',
      { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Verdict of each checkpoint' },
      html(
        'table',
        { class: 'readiness-table', 'data-table': 'verdict' },
        html(
          'thead',
          {},
          html(
            'tr',
            {},
            html('th', { scope: 'col' }, 'checkpoint'),
            html('th', { scope: 'col' }, 'verdict'),
            ...conditions.map(({ label, what }) => html('th', { scope: 'col', title: what }, label)),
          ),
        ),
        html('tbody', {}, ...page.model.rows.map((row, position) => verdictRow(page, row, position))),
      ),
    ),
    html(
      'ul',
      { class: 'conditions', 'aria-label': 'Conditions, and where they come from' },
      ...conditions.map(conditionItem),
    ),
  );
  return { element, draw() {} };
}
