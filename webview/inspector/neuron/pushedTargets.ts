import type { NeuronDetail, TargetContext } from '../../../src/protocol/explanation.ts';
import { tokenInText, tokenLabel } from '../../figures/tokens/tokenText.ts';
import { html, isolated } from '../../page/dom.ts';
import { count, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';

/* The targets that a neuron pushes most, each in its text. */

/** A list of targets in their context; choosing one shows what its logit is the sum of. */
export function pushedTargets(page: Page): {
  readonly element: HTMLElement;
  draw(detail: NeuronDetail | undefined): void;
} {
  const { model, store } = page;
  const list = html('ol', { class: 'pushed' });
  const none = html('p', { class: 'empty' });
  const element = html(
    'section',
    { class: 'figure', 'aria-label': 'Targets it pushes most' },
    html('header', {}, html('h2', {}, 'Targets it pushes most')),
    html('p', { class: 'caption' }, 'Choose one to see all that its logit is the sum of.'),
    none,
    list,
  );
  let drawn: unknown;
  const row = (context: TargetContext, textOf: ReadonlyMap<number, string>) => {
    const text = (ids: Int32Array) => Array.from(ids, (id) => tokenInText(textOf.get(id) ?? '')).join('');
    const button = html(
      'button',
      { type: 'button', class: 'context' },
      html(
        'span',
        { class: 'text' },
        isolated(`${context.row + 1 > context.before.length ? '…' : ''}${text(context.before)}`, 'token around'),
        isolated(tokenLabel(textOf.get(context.gold) ?? '', 24), 'token gold'),
        isolated(text(context.after), 'token around'),
      ),
      html('span', { class: 'rank' }, context.rank < 0 ? 'rank –' : `rank ${count(context.rank)}`),
      html('span', { class: 'value' }, score(context.score)),
    );
    button.addEventListener('click', () => {
      store.set({ sample: context.sample, row: context.row, tab: 'logit' });
    });
    return html('li', {}, button);
  };
  return {
    element,
    draw(detail) {
      const { tokens } = model;
      if (tokens === undefined || (detail !== undefined && drawn === detail)) return;
      drawn = detail;
      list.hidden = detail === undefined;
      if (detail === undefined) {
        none.hidden = true;
        return;
      }
      none.hidden = detail.best.length > 0;
      none.textContent =
        detail.known === 'all'
          ? 'It pushes no target: its score is nowhere above 0.'
          : detail.known === 'kept'
            ? `It is nowhere among the best ${count(model.record.neurons.kept)} neurons of a target.`
            : 'Not recorded.';
      list.replaceChildren(...detail.best.map((context) => row(context, tokens.textOf)));
    },
  };
}
