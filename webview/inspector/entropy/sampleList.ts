import { sampleNames } from '../../../src/record/calibrationInputs.ts';
import type { RecordSample } from '../../../src/record/run/runRecord.ts';
import { html } from '../../page/dom.ts';
import { count } from '../../page/format.ts';
import { VirtualList } from '../../page/virtualList.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The list of the calibration's samples, to choose one from. */

const rowHeight = 36;

/** The calibration's samples to choose from; with a token filter, those in which it is a target. */
export function sampleList(page: Page): { readonly element: HTMLElement; draw(state: State): void } {
  const { model, store } = page;
  const { samples, inputs } = model.record;
  const nameOf = sampleNames(inputs.calibration);
  let shown: readonly number[] = samples.map((_, index) => index);
  let filtered: number | undefined;
  const scroller = html('div', { class: 'scroller', role: 'listbox', tabindex: 0, 'aria-label': 'Samples' });
  const entry = (index: number, sample: RecordSample, selected: boolean) => {
    const { rows, targets, heldOut } = sample;
    const element = html(
      'div',
      {
        class: selected ? 'sample selected' : 'sample',
        role: 'option',
        id: `sample-${index}`,
        'aria-selected': String(selected),
      },
      html('bdi', {}, nameOf(sample)),
      html('span', { class: 'muted' }, `${heldOut ? 'held out' : `${count(targets)} targets`} · ${count(rows)} tokens`),
    );
    element.addEventListener('click', () => store.set({ sample: index }));
    return element;
  };
  const list = new VirtualList(scroller, (place) => {
    const index = shown[place]!;
    return entry(index, samples[index]!, index === store.state.sample);
  });
  scroller.addEventListener('keydown', (event) => {
    const at = shown.indexOf(store.state.sample);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: shown.length - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const place = Math.min(Math.max(to, 0), shown.length - 1);
    store.set({ sample: shown[place] ?? 0 });
    list.scrollTo(place);
  });
  const heading = html('h2', {}, 'Samples');
  return {
    element: html('section', { class: 'figure samples' }, html('header', {}, heading), scroller),
    draw(state) {
      const { tokens } = model;
      if (state.filterToken !== filtered && (state.filterToken === undefined || tokens !== undefined)) {
        filtered = state.filterToken;
        shown = samples.flatMap(({ firstTarget, targets }, index) =>
          filtered === undefined || tokens!.targetGold.subarray(firstTarget, firstTarget + targets).includes(filtered)
            ? [index]
            : [],
        );
        const [first] = shown;
        if (first !== undefined && !shown.includes(state.sample)) store.set({ sample: first });
        list.scrollToTop();
      }
      heading.textContent =
        shown.length === samples.length
          ? `${count(samples.length)} samples`
          : `${count(shown.length)} of ${count(samples.length)} samples`;
      scroller.setAttribute('aria-activedescendant', `sample-${state.sample}`);
      list.reset(shown.length, rowHeight);
    },
  };
}
