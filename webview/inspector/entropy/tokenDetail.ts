import type { SampleToken } from '../../figures/tokens/sampleTokens.ts';
import { tokenLabel } from '../../figures/tokens/tokenText.ts';
import { html, link } from '../../page/dom.ts';
import { decimal, percent, signed } from '../../page/format.ts';
import { tokenElement } from '../../page/tokenElement.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The details of one token: entropy, gap and most likely alternatives under each checkpoint. */

/** Alternatives listed under each model (Fig. 6 of the paper). */
const alternatives = 5;

/** What each model thought where one token stands: entropy, gap, the gold token's probability, likely alternatives. */
export function tokenDetail(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, token: SampleToken | undefined): void;
} {
  const { model, store } = page;
  const { measurements, settings } = model.record;
  const body = html('div', { class: 'body', 'aria-live': 'polite' });
  const element = html(
    'section',
    { class: 'figure token-detail', 'aria-label': 'Token' },
    html('header', {}, html('h2', {}, 'Token')),
    body,
  );
  return {
    element,
    draw(state, token) {
      const detail = model.sample(state.sample);
      const { tokens } = model;
      if (token === undefined || detail === undefined || tokens === undefined) {
        body.replaceChildren(
          html(
            'p',
            { class: 'empty' },
            'Point at a token, or move with the arrow keys; n and p go from target to target.',
          ),
        );
        return;
      }
      const heading = html(
        'p',
        { class: 'gold' },
        tokenElement(tokenLabel(token.raw)),
        html('span', { class: 'muted' }, `id ${token.id} · position ${token.position}`),
        token.target ? html('vscode-badge', {}, 'target') : undefined,
      );
      const { row } = token;
      if (row === undefined) {
        const why = token.position === 0 ? 'Nothing predicts the first token.' : 'No part of a response: not measured.';
        body.replaceChildren(heading, html('p', { class: 'empty' }, why));
        return;
      }
      const [base, sft] = detail.measures;
      const gap = sft!.entropy[row]! - base!.entropy[row]!;
      const numbers = html(
        'table',
        { class: 'numbers' },
        html(
          'thead',
          {},
          html('tr', {}, ...['', 'entropy', 'top-1', 'p(gold)'].map((head) => html('th', { scope: 'col' }, head))),
        ),
        html(
          'tbody',
          {},
          ...measurements.map(({ name }, position) => {
            const measure = detail.measures[position]!;
            return html(
              'tr',
              {},
              html('th', { scope: 'row', title: name }, html('bdi', {}, name)),
              html('td', {}, decimal(measure.entropy[row]!)),
              html('td', {}, decimal(measure.top1Probability[row]!)),
              html('td', {}, decimal(Math.exp(-measure.negativeLogLikelihood[row]!))),
            );
          }),
        ),
      );
      const lists = model.shownMeasurements(state).map((position) => {
        const { name } = measurements[position]!;
        const { topIds, topProbabilities } = detail.measures[position]!;
        const kept = Math.min(settings.topTokens, alternatives);
        return html(
          'div',
          { class: 'alternatives' },
          html('h3', { title: name }, html('bdi', {}, name)),
          html(
            'ol',
            {},
            ...Array.from({ length: kept }, (_, place) => {
              const id = topIds[row * settings.topTokens + place]!;
              const probability = topProbabilities[row * settings.topTokens + place]!;
              const bar = html('i', {});
              bar.style.width = `${100 * Math.min(probability, 1)}%`;
              return html(
                'li',
                { class: id === token.id ? 'is-gold' : '', title: `id ${id}, ${percent(probability)}` },
                bar,
                tokenElement(tokenLabel(tokens.textOf.get(id) ?? '', 24)),
                html('span', {}, decimal(probability, 2)),
              );
            }),
          ),
        );
      });
      body.replaceChildren(
        heading,
        html(
          'p',
          {},
          link('What pushes this token?', () => store.set({ row: token.position - 1, tab: 'logit' })),
        ),
        numbers,
        html('p', { class: 'gap' }, `Entropy gap sft − base: ${signed(gap)} nats`),
        html('div', { class: 'alternatives-row' }, ...lists),
      );
    },
  };
}
