import type { InspectorCommand, InspectorSelection, InspectorSnapshot } from '../../src/protocol/inspector.ts';
import { html, onResize, path } from '../page/dom.ts';
import { count, rhoText } from '../page/format.ts';
import { recordFiles, recordNames } from '../page/record/recordFiles.ts';
import { StatusLine } from '../page/record/statusLine.ts';
import { Store } from '../page/store.ts';
import { Tooltip } from '../page/tooltip.ts';
import { attributionView } from './attribution/attributionView.ts';
import { entropyView } from './entropy/entropyView.ts';
import { heatmapView } from './heatmap/heatmapView.ts';
import { logitView } from './logit/logitView.ts';
import { neuronView } from './neuron/neuronView.ts';
import { overlapView } from './overlap/overlapView.ts';
import { overview } from './overview/overview.ts';
import { obey, ShownTeller } from './remote.ts';
import { rhoControl } from './rhoControl.ts';
import { Answers } from './state/answers.ts';
import type { Host } from './state/host.ts';
import type { MeasuringMessage } from './state/measurements.ts';
import { Model } from './state/model.ts';
import type { Page, View } from './state/page.ts';
import { changed, type State, type Tab, tabs } from './state/state.ts';
import { sweepView } from './sweep/sweepView.ts';
import { tokensView } from './tokens/tokensView.ts';

/* The inspector's page: title, strip with rho and alpha, tabs. */

const titles: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  heatmap: 'Heatmap',
  attribution: 'Attribution',
  overlap: 'Overlap',
  tokens: 'Tokens',
  entropy: 'Entropy',
  neuron: 'Neuron',
  logit: 'Logit',
  sweep: 'Sweep',
};

const makers: Readonly<Record<Tab, (page: Page) => View>> = {
  overview,
  heatmap: heatmapView,
  attribution: attributionView,
  overlap: overlapView,
  tokens: tokensView,
  entropy: entropyView,
  neuron: neuronView,
  logit: logitView,
  sweep: sweepView,
};

/** One record on the page: header, strip, tabs. Views are made when first shown. */
export class Inspector {
  readonly #page: Page;
  readonly #tooltip: Tooltip;
  readonly #views = new Map<Tab, View>();
  readonly #panels: readonly HTMLElement[];
  readonly #tabs: HTMLElementTagNameMap['vscode-tabs'];
  readonly #strip: ReturnType<typeof rhoControl>;
  readonly #shown: ShownTeller;
  readonly #status = new StatusLine();
  #alive = true;

  constructor(
    root: HTMLElement,
    host: Host,
    snapshot: Extract<InspectorSnapshot, { type: 'record' }>,
    state: State,
    keep: (state: State) => void,
  ) {
    this.#tooltip = new Tooltip();
    const say = (message: string) => this.#status.say(message);
    const model = new Model(snapshot, host, (error) => {
      if (error !== undefined) say(error.message);
      this.draw();
    });
    const store = new Store(state, changed, (next) => {
      keep(next);
      this.draw();
    });
    keep(state);
    const names = recordNames(snapshot.record.path, '.rejuvenation.json');
    this.#page = {
      host,
      store,
      model,
      answers: new Answers(host, () => this.draw()),
      tooltip: this.#tooltip,
      say,
      facts: () =>
        `${names.safeStem} · ρ ${rhoText(model.rho(store.state))} · α ${model.alpha(store.state)} · ${snapshot.record.run.finished.slice(0, 10)}`,
      saveFile: recordFiles(names, this.#status, (file) => host.request<'export'>({ name: 'export', file })),
      copy: (text, what) =>
        this.#status.tell(async () => {
          await host.request<'copy'>({ name: 'copy', text });
          return `Copied ${what}.`;
        }),
      select(selection) {
        store.set(selection);
        const { layer, projection } = selection;
        host.selected({ ...(layer !== undefined && { layer }), ...(projection !== undefined && { projection }) });
      },
    };
    this.#strip = rhoControl(this.#page);
    this.#shown = new ShownTeller(this.#page, () => this.#panels[tabs.indexOf(store.state.tab)]!);
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
    // The element has no part for its row of tabs: where the window is narrow, that scrolls and not the page.
    void this.#tabs.updateComplete.then(() => {
      const row = this.#tabs.shadowRoot?.querySelector<HTMLElement>('.header');
      row?.style.setProperty('overflow', 'auto hidden');
      row?.style.setProperty('scrollbar-width', 'thin');
    });
    const { architecture, measurements } = snapshot.record;
    root.replaceChildren(
      html(
        'header',
        { class: 'title' },
        html('h1', {}, path(names.stem)),
        html(
          'span',
          { class: 'muted' },
          `${architecture.family} · ${architecture.layers} layers · ${count(model.layout.total)} neurons · ` +
            `${count(measurements[0]?.targets.rows ?? 0)} targets`,
        ),
        this.#status.element,
      ),
      this.#strip.element,
      this.#tabs,
    );
    // Views fill what the strip, whose lines wrap, leaves of the window.
    onResize(this.#strip.element, () => {
      const shown = this.#panels[tabs.indexOf(store.state.tab)]!;
      root.style.setProperty('--above', `${Math.ceil(shown.getBoundingClientRect().top)}px`);
    });
    this.draw();
    // Ranks make the slider exact; they come after the first picture.
    requestAnimationFrame(() => setTimeout(() => model.curve));
  }

  /** Draws the state as it is: the strip, and the view that is shown. */
  draw(): void {
    if (!this.#alive) return;
    const { state } = this.#page.store;
    const place = tabs.indexOf(state.tab);
    if (this.#tabs.selectedIndex !== place) this.#tabs.setAttribute('selected-index', String(place));
    this.#strip.draw(state);
    let view = this.#views.get(state.tab);
    if (view === undefined) {
      view = makers[state.tab](this.#page);
      this.#views.set(state.tab, view);
      this.#panels[place]!.replaceChildren(view.element);
    }
    view.draw(state);
    this.#shown.later();
  }

  /** Does what a command of VS Code says. */
  command(command: InspectorCommand): void {
    obey(command, this.#page, this.#panels[tabs.indexOf(this.#page.store.state.tab)]!);
  }

  /** Hears of what is measured without a commit. */
  measuring(message: MeasuringMessage): void {
    this.#page.model.measured.hear(message);
    this.draw();
  }

  /** Shows what the tree points at. */
  select({ layer, projection }: InspectorSelection): void {
    if (layer !== undefined && layer >= this.#page.model.record.architecture.layers) return;
    const { state } = this.#page.store;
    // The tree follows the page too: what it says back leaves an expert selected.
    if (layer === state.layer && projection === state.projection) return;
    this.#page.store.set({ layer, projection });
  }

  dispose(): void {
    this.#alive = false;
    this.#shown.dispose();
    this.#status.dispose();
    this.#tooltip.dispose();
  }
}
