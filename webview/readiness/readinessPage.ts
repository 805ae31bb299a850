import type { ReadinessSummary } from '../../src/protocol/readiness.ts';
import { dropdown, html, path } from '../page/dom.ts';
import { count, seconds } from '../page/format.ts';
import { recordFiles, recordNames } from '../page/record/recordFiles.ts';
import { StatusLine } from '../page/record/statusLine.ts';
import { Store } from '../page/store.ts';
import { Tooltip } from '../page/tooltip.ts';
import { checkpointKey } from './curves/checkpointKey.ts';
import { coverageBars } from './curves/coverageBars.ts';
import { deadGroupCurves } from './curves/deadGroupCurves.ts';
import { entropyHistogram } from './curves/entropyHistogram.ts';
import { passCurves } from './curves/passCurves.ts';
import { promptList } from './prompts/promptList.ts';
import type { ReadinessHost } from './state/host.ts';
import { Model } from './state/model.ts';
import type { Page, Part } from './state/page.ts';
import { changed, fitted, type State } from './state/state.ts';
import { sampledTable } from './tables/sampledTable.ts';
import { teacherForcedTable } from './tables/teacherForcedTable.ts';
import { verdictTable } from './tables/verdictTable.ts';

/* One readiness record on the page: verdict, tables, figures, prompts, and what the numbers mean, one below the other. */

export class ReadinessPage {
  readonly #store: Store<State>;
  readonly #tooltip = new Tooltip();
  readonly #parts: readonly Part[];
  readonly #status = new StatusLine();
  #alive = true;

  constructor(
    root: HTMLElement,
    host: ReadinessHost,
    summary: ReadinessSummary,
    saved: State,
    keep: (state: State) => void,
  ) {
    const model = new Model(summary);
    const state = fitted(saved, model.bounds);
    this.#store = new Store(state, changed, (next) => {
      keep(next);
      this.draw();
    });
    keep(state);
    const names = recordNames(summary.path, '.readiness.json');
    const page: Page = {
      host,
      store: this.#store,
      model,
      tooltip: this.#tooltip,
      facts: () => `${names.safeStem} · ${summary.record.created.slice(0, 10)}`,
      saveFile: recordFiles(names, this.#status, (file) => host.request<'export'>({ name: 'export', file })),
    };
    const { sampling, teacherForced, bounds } = model;
    const tables = [
      summary.conditions.length > 0 && verdictTable(page),
      sampling !== null && sampledTable(page),
      teacherForced !== null && teacherForcedTable(page),
    ].filter((part) => part !== false);
    const figures = [
      sampling !== null && passCurves(page),
      bounds.bases.length > 0 && entropyHistogram(page),
      sampling !== null && model.rows.some(({ sampled }) => sampled[0]!.deadGroups.length > 0) && deadGroupCurves(page),
      sampling !== null && model.hasBase && model.rows.length > 1 && coverageBars(page),
    ].filter((part) => part !== false);
    const temperature = temperatureChoice(page);
    const key = checkpointKey(page);
    const prompts = sampling === null ? undefined : promptList(page);
    this.#parts = [...tables, temperature, key, ...figures, ...(prompts === undefined ? [] : [prompts])];
    const counted = (all: number, what: string) => `${count(all)} ${what}${all === 1 ? '' : 's'}`;
    const prompted = sampling === null ? '' : ` · ${counted(sampling.prompts.lines.length, 'prompt')}`;
    root.replaceChildren(
      html(
        'header',
        { class: 'title' },
        html('h1', {}, path(names.stem)),
        html(
          'span',
          { class: 'muted' },
          `Ready for RL? · ${counted(model.rows.length, 'checkpoint')}${prompted} · ${summary.record.created.slice(0, 10)}, in ${seconds(summary.record.seconds)}`,
        ),
        this.#status.element,
      ),
      html(
        'div',
        { class: 'readiness-view', role: 'region', 'aria-label': 'Readiness', tabindex: 0 },
        temperature.element,
        ...tables.map(({ element }) => element),
        key.element,
        html('div', { class: 'readiness-figures' }, ...figures.map(({ element }) => element)),
        prompts?.element,
        meaning(summary),
      ),
    );
    this.draw();
  }

  /** Draws everything as the state has it. */
  draw(): void {
    if (!this.#alive) return;
    for (const part of this.#parts) part.draw(this.#store.state);
  }

  dispose(): void {
    this.#alive = false;
    this.#status.dispose();
    this.#tooltip.dispose();
  }
}

/** Chooses the temperature of everything sampled; there is nothing to choose where there is one. */
function temperatureChoice({ model, store }: Page): Part {
  const { temperatures } = model.bounds;
  if (temperatures < 2) return { element: html('div', { hidden: true }), draw() {} };
  const options = Array.from({ length: temperatures }, (_, i) => [String(i), model.temperatureName(i)] as const);
  const choice = dropdown('Sampled at', options, (value) => store.set({ temperature: Number(value) }));
  return {
    element: html('div', { class: 'choices' }, choice.element),
    draw: ({ temperature }) => choice.set(String(temperature)),
  };
}

/** What the numbers mean and what others found, in sentences. */
function meaning({ sentences, literature }: ReadinessSummary): HTMLElement {
  const list = (lines: readonly string[]) =>
    html('ul', {}, ...lines.map((line) => html('li', {}, html('bdi', {}, line))));
  return html(
    'section',
    { class: 'meaning', 'aria-label': 'What the numbers mean' },
    html('h2', {}, 'What the numbers mean, and what they do not'),
    list(sentences),
    html('h2', {}, 'What others found, and where they disagree'),
    list(literature),
  );
}
