import { sampleNames } from '../../../src/record/calibrationInputs.ts';
import { tokenInText } from '../../figures/tokens/tokenText.ts';
import { dropdown, html } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { VirtualList } from '../../page/virtualList.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { sampleGaps, shownSamples } from './sampleOrder.ts';

/* The list of the calibration's samples, to choose one from: what each says, sorted, searched. */

const rowHeight = 54;
/** A search waits until typing pauses so long, milliseconds. */
const searchAfter = 150;

export interface SampleList {
  readonly element: HTMLElement;
  draw(state: State): void;
  /** Positions of the samples listed, in the list's order. */
  shown(): readonly number[];
}

/** The calibration's samples to choose from; with a filter, those in which a target of it is. */
export function sampleList(page: Page): SampleList {
  const { model, store, host } = page;
  const { samples, inputs } = model.record;
  const nameOf = sampleNames(inputs.calibration);
  let shown: readonly number[] = samples.map((_, index) => index);
  let found: readonly number[] | undefined;
  let listed = '';
  let gaps: readonly (number | undefined)[] = [];
  const scroller = html('div', { class: 'scroller', role: 'listbox', tabindex: 0, 'aria-label': 'Samples' });
  const entry = (index: number) => {
    const sample = samples[index]!;
    const selected = index === store.state.sample;
    const gap = gaps[index];
    const facts = sample.heldOut
      ? `held out · ${count(sample.rows)} tokens`
      : `${count(sample.targets)} targets${gap === undefined ? '' : ` · gap ${decimal(gap, 2)}`}`;
    const text = tokenInText(model.excerpts?.[index] ?? '', 160);
    const element = html(
      'div',
      {
        class: selected ? 'sample selected' : 'sample',
        role: 'option',
        id: `sample-${index}`,
        'aria-selected': String(selected),
        title: text,
      },
      html('bdi', { class: 'excerpt' }, text),
      html('bdi', { class: 'muted' }, nameOf(sample)),
      html('span', { class: 'muted facts' }, facts),
    );
    element.addEventListener('click', () => store.set({ sample: index }));
    return element;
  };
  const list = new VirtualList(scroller, (place) => entry(shown[place]!));
  scroller.addEventListener('keydown', (event) => {
    const at = shown.indexOf(store.state.sample);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: shown.length - 1,
    };
    const to = moves[event.key];
    if (to === undefined || shown.length === 0) return;
    event.preventDefault();
    const place = Math.min(Math.max(to, 0), shown.length - 1);
    store.set({ sample: shown[place]! });
    list.scrollTo(place);
  });
  const heading = html('h2', {}, 'Samples');
  const sort = dropdown(
    'Sort by',
    [
      ['order', 'order'],
      ['gap', 'mean gap'],
    ],
    (sampleSort) => store.set({ sampleSort }),
  );
  const search = html('vscode-textfield', { type: 'search', placeholder: 'Search the texts' });
  search.label = 'Search the samples’ texts';
  let waiting: number | undefined;
  let searches = 0;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void find(search.value), searchAfter);
  });
  async function find(text: string): Promise<void> {
    const turn = ++searches;
    try {
      const answer =
        text === '' ? undefined : await host.request<'search'>({ name: 'search', text: text.slice(0, 1000) });
      if (turn !== searches) return;
      found = answer;
      draw(store.state);
    } catch (error) {
      page.say(error instanceof Error ? error.message : String(error));
    }
  }
  const nothing = html('p', { class: 'empty' }, 'No sample says that.');
  function draw(state: State): void {
    const { tokens, excerpts } = model;
    const what = JSON.stringify([
      ...[state.filterToken, state.filterWord, state.sampleSort, found],
      ...[tokens === undefined, excerpts === undefined],
    ]);
    sort.set(state.sampleSort);
    if (what !== listed) {
      listed = what;
      gaps = tokens === undefined ? [] : sampleGaps(samples, tokens);
      shown = shownSamples(samples, state, tokens, found);
      const [first] = shown;
      // A filter is looked at where it holds; a search may look for something else than what is shown.
      const filtered = state.filterToken !== undefined || state.filterWord !== undefined;
      if (filtered && first !== undefined && !shown.includes(state.sample)) store.set({ sample: first });
      list.scrollToTop();
    }
    heading.textContent =
      shown.length === samples.length
        ? `${count(samples.length)} samples`
        : `${count(shown.length)} of ${count(samples.length)} samples`;
    nothing.hidden = shown.length > 0;
    if (shown.includes(state.sample)) scroller.setAttribute('aria-activedescendant', `sample-${state.sample}`);
    else scroller.removeAttribute('aria-activedescendant');
    list.reset(shown.length, rowHeight);
  }
  return {
    element: html(
      'section',
      { class: 'figure samples' },
      html('header', {}, heading),
      html('div', { class: 'finder' }, search, sort.element),
      nothing,
      scroller,
    ),
    draw,
    shown: () => shown,
  };
}
