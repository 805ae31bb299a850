import { sampleNames } from '../../../src/record/calibrationInputs.ts';
import { tokenInText } from '../../figures/tokens/tokenText.ts';
import { html, link } from '../../page/dom.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import type { OverlapData } from './overlapData.ts';
import { pairFacts } from './overlapText.ts';

/* The two samples of a cell: what they have in common, and how each begins. */

/** The chosen pair, or the most alike one while none is. */
export function pairDetail(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, data: OverlapData): void;
} {
  const { model, store } = page;
  const nameOf = sampleNames(model.record.inputs.calibration);
  const heading = html('h2', {});
  const facts = html('dl', { class: 'facts' });
  const texts = html('div', { class: 'texts' });
  let everything: { readonly of: OverlapData; readonly pair: ReturnType<OverlapData['mostAlike']> } | undefined;
  const mostAlike = (data: OverlapData) => {
    const all = data.order('file');
    if (everything?.of !== data) everything = { of: data, pair: data.mostAlike(all, all) };
    return everything.pair;
  };
  const chosen = (data: OverlapData, pair: NonNullable<State['overlapPair']>) => {
    const [a, b] = pair.map((sample) => data.overlap.samples.indexOf(sample)) as [number, number];
    return a < 0 || b < 0 ? undefined : data.pair(a, b);
  };
  const begin = (sample: number) => {
    const text = tokenInText(model.excerpts?.[sample] ?? '', 160);
    return html(
      'div',
      { class: 'beginning' },
      html('span', { class: 'muted' }, `${sample + 1}, `, html('bdi', {}, nameOf(model.record.samples[sample]!))),
      html('bdi', { class: 'excerpt', title: text }, text),
      link(`Show ${sample + 1} in the entropy map`, () => store.set({ sample, tab: 'entropy' })),
    );
  };
  return {
    element: html('section', { class: 'figure pair', 'aria-live': 'polite' }, heading, facts, texts),
    draw({ overlapPair }, data) {
      const own = overlapPair && chosen(data, overlapPair);
      const pair = own ?? mostAlike(data);
      if (pair === undefined) return;
      const [a, b] = [data.overlap.samples[pair.a]!, data.overlap.samples[pair.b]!];
      heading.textContent = `Samples ${a + 1} and ${b + 1}${own === undefined ? ', the most alike' : ''}`;
      const rows = pairFacts(data, pair);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
      texts.replaceChildren(begin(a), begin(b));
    },
  };
}
