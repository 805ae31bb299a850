import { mostContexts } from '../../../src/record/run/targets/mostContexts.ts';
import type { TargetContext } from '../../../src/record/run/targets/targetContexts.ts';
import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { tokenInText, tokenJson, tokenLabel } from '../../figures/tokens/tokenText.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { type Sort, sortedBy } from '../../page/sort.ts';
import { tokenElement } from '../../page/tokenElement.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { targetFilter } from '../state/targetFilter.ts';

/* The contexts of the word or token that was chosen: every target of it with the text around, as a concordance. */

type Column = 'before' | 'token' | 'after' | 'gap';

/** Lets a text that is cut lose its beginning. */
function endOf(text: string): HTMLElement {
  return html('span', { class: 'end-of' }, html('bdi', { dir: 'ltr' }, tokenInText(text)));
}

function sorted(contexts: readonly TargetContext[], { column, descending }: Sort<Column>): TargetContext[] {
  const sign = descending ? -1 : 1;
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const turned = (text: string) => [...text].reverse().join('');
  const order: Readonly<Record<Column, (a: TargetContext, b: TargetContext) => number>> = {
    // By what stands next to the token, as concordances are.
    before: (a, b) => compare(turned(a.before), turned(b.before)),
    token: (a, b) => compare(a.text, b.text),
    after: (a, b) => compare(a.after, b.after),
    gap: (a, b) => a.gap - b.gap,
  };
  return [...contexts].sort((a, b) => sign * order[column](a, b) || a.target - b.target);
}

/** The contexts of what filters the entropy map; choosing one goes there. */
export function contextsTable(page: Page): { readonly element: HTMLElement; draw(state: State): void } {
  const { model, store, host } = page;
  let sort: Sort<Column> = { column: 'gap', descending: true };
  let asked: string | undefined;
  let contexts: readonly TargetContext[] = [];
  const heading = html('h2', {}, '');
  const note = html('span', { class: 'muted' });
  const redraw = () => table.draw(sorted(contexts, sort), sort);
  const table: DataTable<Column, TargetContext> = new DataTable<Column, TargetContext>({
    label: 'Contexts',
    columns: [
      { name: 'before', title: 'before', numeric: true },
      { name: 'token', title: 'target', numeric: false },
      { name: 'after', title: 'after', numeric: false },
      { name: 'gap', title: 'gap', numeric: true, hint: '|H(sft) − H(base)| there, nats' },
    ],
    cells: ({ before, text, after, gap }) => [
      endOf(before),
      tokenElement(tokenLabel(text, 24)),
      html('bdi', { dir: 'ltr' }, tokenInText(after)),
      decimal(gap),
    ],
    onSort(column, numeric) {
      sort = sortedBy(sort, column, numeric && column === 'gap');
      redraw();
    },
    onChoose: ({ sample, position }) => store.set({ tab: 'entropy', sample, reveal: { sample, position } }),
  });
  const save = csvLink(page, 'Save the contexts as CSV', () => {
    const rows = contexts.map(({ sample, position, before, text, after, gap }) => [
      ...[sample, position, tokenJson(before), tokenJson(text), tokenJson(after), gap],
    ]);
    const head = ['sample', 'position', 'before_json', 'token_json', 'after_json', 'entropy_gap_nats'];
    return { name: 'contexts.csv', text: csv(head, rows) };
  });
  const element = html(
    'section',
    { class: 'figure contexts', 'aria-label': 'Contexts' },
    html('header', {}, heading, html('div', { class: 'controls' }, note), html('div', { class: 'saves' }, save)),
    table.element,
  );
  async function ask(targets: number[], key: string): Promise<void> {
    try {
      const answer = await host.request<'contexts'>({ name: 'contexts', targets });
      // Something else may have been chosen meanwhile.
      if (key !== asked) return;
      contexts = answer;
      redraw();
    } catch (error) {
      page.say(error instanceof Error ? error.message : String(error));
    }
  }
  return {
    element,
    draw(state) {
      const { tokens } = model;
      const { filterToken, filterWord } = state;
      const filter = tokens && targetFilter(state, tokens);
      element.hidden = filter === undefined;
      if (tokens === undefined || filter === undefined) {
        asked = undefined;
        return;
      }
      const key = JSON.stringify([filterToken, filterWord]);
      if (key === asked) return;
      asked = key;
      contexts = [];
      redraw();
      const { targetGap, targetGold, textOf } = tokens;
      const all = Array.from(targetGold.keys()).filter(filter);
      const first = all.sort((a, b) => targetGap[b]! - targetGap[a]! || a - b).slice(0, mostContexts);
      heading.replaceChildren(
        'Contexts of ',
        tokenElement(tokenLabel(filterWord ?? textOf.get(filterToken!) ?? '', 24)),
      );
      note.textContent =
        all.length > first.length
          ? `the ${count(first.length)} of ${count(all.length)} with the largest gap`
          : `${count(all.length)}; choose one to see it in the entropy map`;
      void ask(first, key);
    },
  };
}
