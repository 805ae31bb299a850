import type { ComparisonSummary } from '../../src/protocol/comparison.ts';
import { html, onResize, path } from '../page/dom.ts';
import { count } from '../page/format.ts';
import { recordFiles, recordNames } from '../page/record/recordFiles.ts';
import { StatusLine } from '../page/record/statusLine.ts';
import { Store } from '../page/store.ts';
import { Tooltip } from '../page/tooltip.ts';
import { mapView } from './maps/mapView.ts';
import { outputView } from './outputs/outputView.ts';
import { seriesView } from './series/seriesView.ts';
import type { ComparisonHost } from './state/host.ts';
import { Model } from './state/model.ts';
import type { Page, View } from './state/page.ts';
import { changed, fitted, type State, type Tab, tabs } from './state/state.ts';
import { tensorView } from './tensor/tensorView.ts';

/* The comparison's page: its tabs, and the one that is shown. */

const titles: Readonly<Record<Tab, string>> = { map: 'Map', tensor: 'Tensor', output: 'Output', series: 'Series' };

const makers: Readonly<Record<Tab, (page: Page) => View>> = {
  map: mapView,
  tensor: tensorView,
  output: outputView,
  series: seriesView,
};

/** One comparison on the page: header and tabs. Views are made when first shown. */
export class Comparison {
  readonly #page: Page;
  readonly #tooltip = new Tooltip();
  readonly #views = new Map<Tab, View>();
  readonly #panels: readonly HTMLElement[];
  readonly #tabs: HTMLElementTagNameMap['vscode-tabs'];
  readonly #status = new StatusLine();
  #alive = true;

  constructor(
    root: HTMLElement,
    host: ComparisonHost,
    summary: ComparisonSummary,
    saved: State,
    keep: (state: State) => void,
  ) {
    const model = new Model(summary, host, () => this.draw());
    const state = fitted(saved, model.bounds);
    const store = new Store(state, changed, (next) => {
      keep(next);
      this.draw();
    });
    keep(state);
    const names = recordNames(summary.path, '.comparison.json');
    const say = (message: string) => this.#status.say(message);
    this.#page = {
      host,
      store,
      model,
      tooltip: this.#tooltip,
      say,
      facts: () => `${names.safeStem} · ${summary.record.created.slice(0, 10)}`,
      saveFile: recordFiles(names, this.#status, (file) => host.request<'export'>({ name: 'export', file })),
    };
    this.#panels = tabs.map((tab) => html('vscode-tab-panel', { 'data-tab': tab }));
    this.#tabs = html(
      'vscode-tabs',
      { panel: true, 'selected-index': tabs.indexOf(state.tab) },
      ...tabs.flatMap((tab, i) => [
        html('vscode-tab-header', { slot: 'header', 'data-tab': tab }, titles[tab]),
        this.#panels[i]!,
      ]),
    );
    this.#tabs.addEventListener('vsc-tabs-select', (event) => {
      const tab = tabs[event.detail.selectedIndex];
      if (tab !== undefined) store.set({ tab });
    });
    const { checkpoints, tensors } = summary.record;
    const header = html(
      'header',
      { class: 'title' },
      html('h1', {}, path(names.stem)),
      html(
        'span',
        { class: 'muted' },
        `${count(checkpoints.length)} checkpoints · reference `,
        html('bdi', {}, checkpoints[0]!.name),
        ` · ${count(tensors.length)} tensors · ${count(checkpoints[0]!.parameters)} parameters`,
      ),
      this.#status.element,
    );
    root.replaceChildren(header, this.#tabs);
    onResize(header, () => {
      const shown = this.#panels[tabs.indexOf(store.state.tab)]!;
      root.style.setProperty('--above', `${Math.ceil(shown.getBoundingClientRect().top)}px`);
    });
    this.draw();
  }

  /** Draws the view that is shown as the state has it. */
  draw(): void {
    if (!this.#alive) return;
    const { state } = this.#page.store;
    const place = tabs.indexOf(state.tab);
    if (this.#tabs.selectedIndex !== place) this.#tabs.setAttribute('selected-index', String(place));
    let view = this.#views.get(state.tab);
    if (view === undefined) {
      view = makers[state.tab](this.#page);
      this.#views.set(state.tab, view);
      this.#panels[place]!.replaceChildren(view.element);
    }
    view.draw(state);
  }

  dispose(): void {
    this.#alive = false;
    this.#status.dispose();
    this.#tooltip.dispose();
  }
}
