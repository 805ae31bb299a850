import { max } from 'd3';
import { csvLink } from '../../figures/csvLink.ts';
import { tokenLabel } from '../../figures/tokens/tokenText.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html, link } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { sortedBy } from '../../page/sort.ts';
import { tokenElement } from '../../page/tokenElement.ts';
import type { Page, View } from '../state/page.ts';
import type { TokenColumn } from '../state/state.ts';
import { contextsTable } from './contexts.ts';
import { choice, type Entry, entriesOf, isChosen, sortedEntries } from './entries.ts';
import { entriesCsv } from './entriesCsv.ts';
import { tokenCloud } from './tokenCloud.ts';

/** The tokens tab: which words, or tokens, are targets, as a cloud and as a table, and where they stand. */
export function tokensView(page: Page): View {
  const { model, store } = page;
  const choose = (entry: Entry) => store.set(choice(entry, store.state));
  const cloud = tokenCloud(page, choose);
  const contexts = contextsTable(page);
  const total = html('span', { class: 'muted' });
  const open = link('Show in the entropy map', () => store.set({ tab: 'entropy' }));
  let largest = 1;
  const tableOf = (grouping: 'word' | 'token') =>
    new DataTable<TokenColumn, Entry>({
      label: grouping === 'word' ? 'Words at targets' : 'Selected tokens',
      columns: [
        { name: 'text', title: grouping, numeric: false },
        grouping === 'word'
          ? { name: 'id', title: 'tokens', numeric: true, hint: 'How many of its tokens are targets' }
          : { name: 'id', title: 'id', numeric: true },
        { name: 'count', title: 'targets', numeric: true, hint: 'Times it is a target' },
        {
          name: 'gap',
          title: 'mean gap',
          numeric: true,
          hint: 'Mean of |H(sft) − H(base)| where it is a target, nats',
        },
      ],
      cells: ({ id, text, ids, count: times, meanGap }) => {
        const bar = html('i', { class: 'share' });
        bar.style.width = `${(40 * times) / largest}px`;
        return [
          tokenElement(tokenLabel(text)),
          id === undefined ? count(ids.length) : String(id),
          html('span', {}, bar, count(times)),
          decimal(meanGap),
        ];
      },
      rowClass: (entry) => (isChosen(entry, store.state) ? 'selected' : ''),
      onSort: (column, numeric) =>
        store.set({ tokenSort: sortedBy(store.state.tokenSort, column, numeric && column !== 'id') }),
      onChoose: choose,
    });
  const tables = { word: tableOf('word'), token: tableOf('token') } as const;
  const entries = () => (model.tokens === undefined ? [] : entriesOf(store.state, model.tokens));
  const save = csvLink(page, 'Save the table as CSV', () => ({
    name: store.state.tokenGrouping === 'word' ? 'selected-words.csv' : 'selected-tokens.csv',
    text: entriesCsv(entries()),
  }));
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
    tables.word.element,
    tables.token.element,
  );
  return {
    element: html(
      'div',
      { class: 'view tokens-view' },
      cloud.figure.element,
      html('div', { class: 'lists' }, list, contexts.element),
    ),
    draw(state) {
      cloud.draw(state);
      contexts.draw(state);
      const { tokens } = model;
      const { tokenGrouping, tokenSort } = state;
      open.hidden = state.filterToken === undefined && state.filterWord === undefined;
      tables.word.element.hidden = tokenGrouping !== 'word';
      tables.token.element.hidden = tokenGrouping === 'word';
      if (tokens === undefined) return;
      const shown = entries();
      largest = max(shown, ({ count: times }) => times) ?? 1;
      const what = tokenGrouping === 'word' ? 'words' : 'tokens';
      total.textContent = `${count(shown.length)} ${what} at ${count(tokens.targetGold.length)} targets`;
      tables[tokenGrouping].draw(sortedEntries(shown, tokenSort), tokenSort);
    },
  };
}
