import { max } from 'd3';
import type { WrittenToken, WrittenTokens } from '../../../src/protocol/explanation.ts';
import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { tokenJson, tokenLabel } from '../../figures/tokens/tokenText.ts';
import { html, isolated } from '../../page/dom.ts';
import { score } from '../../page/format.ts';
import type { Answer } from '../state/answers.ts';
import type { Page } from '../state/page.ts';
import { lensText } from './lensText.ts';
import { placeOf } from './neuronNames.ts';

/* The tokens that a neuron writes towards and away from: the logit lens on its column. */

/** Three lists of tokens: towards, away, and the gold tokens of targets. */
export function writtenTokens(page: Page): {
  readonly element: HTMLElement;
  draw(flat: number, answer: Answer<WrittenTokens> | string): void;
} {
  const note = html('p', { class: 'caption' });
  const lists = html('div', { class: 'written' });
  const save = csvLink(page, 'Save the tokens as CSV', () => {
    if (typeof drawn !== 'object' || drawn.state !== 'here') return undefined;
    const { towards, away, gold } = drawn.value;
    const rows = (kind: string, tokens: readonly WrittenToken[]) =>
      tokens.map(({ id, text, value }) => [kind, id, tokenJson(text), value]);
    const text = csv(
      ['list', 'id', 'token_json', 'value'],
      [...rows('towards', towards), ...rows('away', away), ...rows('gold', gold)],
    );
    return { name: 'neuron-tokens.csv', text };
  });
  const saves = html('div', { class: 'saves' }, save);
  const element = html(
    'section',
    { class: 'figure', 'aria-label': 'Tokens it writes towards', 'aria-live': 'polite' },
    html('header', {}, html('h2', {}, 'Tokens it writes towards'), html('span', { class: 'grow' }), saves),
    note,
    lists,
  );
  let drawn: Answer<WrittenTokens> | string | undefined;
  const list = (title: string, tokens: readonly WrittenToken[], top: number) =>
    html(
      'div',
      {},
      html('h3', {}, title),
      html(
        'ol',
        {},
        ...tokens.map(({ id, text, value }) => {
          const bar = html('i', {});
          bar.style.width = `${(100 * Math.abs(value)) / top}%`;
          return html('li', { title: `id ${id}` }, bar, isolated(tokenLabel(text, 24)), html('span', {}, score(value)));
        }),
      ),
    );
  return {
    element,
    draw(flat, answer) {
      if (drawn === answer) return;
      drawn = answer;
      lists.hidden = typeof answer === 'string' || answer.state !== 'here';
      saves.hidden = lists.hidden;
      if (typeof answer === 'string') note.textContent = answer;
      else if (answer.state === 'waiting') note.textContent = 'Reading the output matrix…';
      else if (answer.state === 'failed') note.textContent = answer.reason;
      else {
        const { column, towards, away, gold } = answer.value;
        const place = placeOf(page.model.layout, flat);
        const own = place?.module.projection === column.projection && place.neuron === column.neuron;
        note.textContent =
          `${lensText(page.model.record.architecture, column.projection)} ` +
          `Where its activation is negative it pushes the other way.${own ? '' : ` By the column of ${column.projection} that it feeds.`}`;
        const top = max([...towards, ...away, ...gold], ({ value }) => Math.abs(value)) || 1;
        lists.replaceChildren(
          list('Towards', towards, top),
          list('Away from', away, top),
          list('Gold tokens of targets', gold, top),
        );
      }
    },
  };
}
