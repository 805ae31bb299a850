import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { DataTable } from '../../page/dataTable.ts';
import { dropdown, html, path } from '../../page/dom.ts';
import { count } from '../../page/format.ts';
import { sortedBy } from '../../page/sort.ts';
import { currentTheme, sequential, textOn } from '../../page/theme.ts';
import type { Page, Part } from '../state/page.ts';
import { type PromptFilter, promptFilters, type State } from '../state/state.ts';
import { filterNames, promptRows } from './promptRows.ts';

/* The list of prompts: how many of its answers each checkpoint got right, to sort and to filter. */

function cell(correct: number, samples: number): HTMLElement {
  const share = correct / samples;
  const fill = sequential(share, currentTheme());
  const element = html('span', { class: 'solved' }, `${correct} / ${samples}`);
  if (correct > 0) {
    element.style.backgroundColor = fill;
    element.style.color = textOn(fill);
  }
  return element;
}

export function promptList(page: Page): Part {
  const { model, store } = page;
  const { prompts } = model.sampling!;
  const countsOf = (row: number, state: State) => model.sampled(row, state)!.counts;
  const body = html('div', { class: 'prompt-table' });
  const said = html('p', { class: 'caption' });
  const filters = promptFilters.filter((filter) => model.hasBase || (filter !== 'lost' && filter !== 'gained'));
  const filter = dropdown(
    'Show',
    filters.map((each) => [each, filterNames[each]] as const),
    (promptFilter: PromptFilter) => store.set({ promptFilter }),
  );
  const save = csvLink(page, 'Save “Prompts” as CSV', () => ({ name: 'prompts.csv', text: asCsv(store.state) }));
  const asCsv = (state: State) =>
    csv(
      ['line', ...model.rows.flatMap(({ name }) => [`${name} right`, `${name} answers`])],
      promptRows(model, state).map((prompt) => [
        prompts.lines[prompt],
        ...model.rows.flatMap((_, row) => {
          const { correct, samples } = countsOf(row, state)[prompt]!;
          return [correct, samples];
        }),
      ]),
    );
  const files = prompts.files.map(({ path: file }) => file);
  const element = html(
    'section',
    { class: 'figure prompts', 'aria-label': 'Prompts' },
    html(
      'header',
      {},
      html('h2', {}, 'Prompts'),
      html('div', { class: 'controls' }, filter.element),
      html('div', { class: 'saves' }, save),
    ),
    said,
    html(
      'p',
      { class: 'caption' },
      html('bdi', {}, prompts.reading),
      ' ',
      ...files.slice(0, 5).map((file) => path(`${file} `)),
    ),
    body,
  );
  let table: DataTable<string, number> | undefined;
  let drawn = '';
  return {
    element,
    draw(state) {
      filter.set(state.promptFilter);
      const shown = model.shown(state);
      const key = JSON.stringify([shown, state.temperature]);
      if (table === undefined || key !== drawn) {
        drawn = key;
        table = new DataTable<string, number>({
          label: 'Right answers to each prompt',
          columns: [
            { name: '-1', title: 'line', hint: 'line, element or row of the prompts file, from 1', numeric: true },
            ...shown.map((row) => ({
              name: String(row),
              title: model.rows[row]!.name,
              hint: `right answers of ${model.rows[row]!.name}, of how many`,
              numeric: true,
            })),
          ],
          cells: (prompt) => [
            count(prompts.lines[prompt]!),
            ...shown.map((row) => {
              const { correct, samples } = countsOf(row, state)[prompt]!;
              return cell(correct, samples);
            }),
          ],
          onSort: (name) =>
            store.set({ promptSort: sortedBy(store.state.promptSort, Number(name), Number(name) >= 0) }),
        });
        table.element.style.minWidth = `${90 + 110 * shown.length}px`;
        body.replaceChildren(table.element);
      }
      const rows = promptRows(model, state);
      said.textContent = `Right answers of all, to each prompt, sampled at ${model.temperatureName(state.temperature)}. ${count(rows.length)} of ${count(prompts.lines.length)} prompts are listed; a head sorts. The record keeps no texts: a line number is that of the prompts file.`;
      const { column, descending } = state.promptSort;
      table.draw(rows, { column: String(column), descending });
    },
  };
}
