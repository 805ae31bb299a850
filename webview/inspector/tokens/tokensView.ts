import { max } from 'd3';
import type { TokenCount } from '../../../src/record/run/selectedTokens.ts';
import { tokenLabel } from '../../figures/tokenText.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html, isolated, link } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { type Sort, sortedBy } from '../../page/sort.ts';
import type { Page, View } from '../state/page.ts';
import type { TokenColumn } from '../state/state.ts';
import { tokenCloud } from './tokenCloud.ts';
import { tokensCsv } from './tokensCsv.ts';

/* The tokens tab: which tokens are targets, as a word cloud and as a table. */

function sortedTokens(tokens: readonly TokenCount[], { column, descending }: Sort<TokenColumn>): TokenCount[] {
  const sign = descending ? -1 : 1;
  const order: Readonly<Record<TokenColumn, (a: TokenCount, b: TokenCount) => number>> = {
    text: (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
    id: (a, b) => a.id - b.id,
    count: (a, b) => a.count - b.count,
    gap: (a, b) => a.meanGap - b.meanGap,
  };
  return [...tokens].sort((a, b) => sign * order[column](a, b) || a.id - b.id);
}

/** The tokens tab: which tokens are selected as targets, as a cloud and as a table. */
export function tokensView(page: Page): View {
  const { model, store } = page;
  const choose = (id: number) => store.set({ filterToken: store.state.filterToken === id ? undefined : id });
  const cloud = tokenCloud(page, choose);
  const total = html('span', { class: 'muted' });
  const open = link('Show in the entropy map', () => store.set({ tab: 'entropy' }));
  let largest = 1;
  const table = new DataTable<TokenColumn, TokenCount>({
    label: 'Selected tokens',
    columns: [
      { name: 'text', title: 'token', numeric: false },
      { name: 'id', title: 'id', numeric: true },
      { name: 'count', title: 'targets', numeric: true, hint: 'Times it is a target' },
      { name: 'gap', title: 'mean gap', numeric: true, hint: 'Mean of |H(sft) − H(base)| where it is a target, nats' },
    ],
    cells: ({ text, id, count: times, meanGap }) => {
      const bar = html('i', { class: 'share' });
      bar.style.width = `${(40 * times) / largest}px`;
      return [isolated(tokenLabel(text)), String(id), html('span', {}, bar, count(times)), decimal(meanGap)];
    },
    rowClass: ({ id }) => (id === store.state.filterToken ? 'selected' : ''),
    onSort: (column, numeric) =>
      store.set({ tokenSort: sortedBy(store.state.tokenSort, column, numeric && column !== 'id') }),
    onChoose: ({ id }) => choose(id),
  });
  const save = link('CSV', () => {
    void page.saveFile('selected-tokens.csv', () => new TextEncoder().encode(tokensCsv(model.tokens?.selected ?? [])));
  });
  save.setAttribute('aria-label', 'Save the tokens as CSV');
  const list = html(
    'section',
    { class: 'figure tokens' },
    html(
      'header',
      {},
      html('h2', {}, 'As a table'),
      html('div', { class: 'controls' }, total, open),
      html('div', { class: 'saves' }, save),
    ),
    table.element,
  );
  return {
    element: html('div', { class: 'view tokens-view' }, cloud.figure.element, list),
    draw(state) {
      cloud.draw(state);
      const { tokens } = model;
      open.hidden = state.filterToken === undefined;
      if (tokens === undefined) return;
      largest = max(tokens.selected, ({ count: times }) => times) ?? 1;
      const targets = tokens.targetGold.length;
      total.textContent = `${count(tokens.selected.length)} tokens at ${count(targets)} targets`;
      table.draw(sortedTokens(tokens.selected, state.tokenSort), state.tokenSort);
    },
  };
}
