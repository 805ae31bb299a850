import { resetBudget } from '../../../src/method/resetSet.ts';
import { exactBudget } from '../../../src/record/run/targets/samplesOverlap.ts';
import { dropdown, html } from '../../page/dom.ts';
import { count } from '../../page/format.ts';
import type { Page, View } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { comparedSamples } from './comparedSamples.ts';
import { budgetChoices, OverlapData } from './overlapData.ts';
import { overlapMatrix } from './overlapMatrix.ts';
import { pairDetail } from './pairDetail.ts';
import { sharedNeurons } from './sharedNeurons.ts';

/* The overlap tab: how far the run's samples select the same neurons. */

/** The overlap tab. */
export function overlapView(page: Page): View {
  const { model, store } = page;
  const { record } = model;
  const { kept, total } = record.neurons;
  const own = resetBudget(record.settings.rho, total);
  const standard = exactBudget(record);
  const matrix = overlapMatrix(page);
  const pair = pairDetail(page);
  const samples = comparedSamples(page);
  const shared = sharedNeurons(page);
  const choices = kept === 0 ? [] : budgetChoices(kept, standard);
  const budget = dropdown<string>(
    'Neurons a target',
    choices.map((choice) => [String(choice), choice === own ? `${count(choice)}, the run’s ρ` : count(choice)]),
    (value) => store.set({ overlapBudget: Number(value) }),
  );
  const measure = dropdown<State['overlapMeasure']>(
    'Colour',
    [
      ['jaccard', 'Jaccard index'],
      ['excess', 'above chance'],
    ],
    (overlapMeasure) => store.set({ overlapMeasure }),
  );
  const order = dropdown<State['overlapOrder']>(
    'Order',
    [
      ['similar', 'by likeness'],
      ['file', 'of the file'],
    ],
    (overlapOrder) => store.set({ overlapOrder }),
  );
  const choose = html('div', { class: 'overlap-line' }, budget.element, measure.element, order.element);
  const limit = html(
    'p',
    { class: 'caption', hidden: own <= kept },
    `At the run’s ρ a target selects ${count(own)} neurons. The record keeps the best ${count(kept)} of each, so up to there the overlap is exact.`,
  );
  const note = html('p', { class: 'empty', role: 'status' });
  const head = html('section', { class: 'figure overlap-note', 'aria-label': 'Overlap across samples' }, note);
  const body = html(
    'div',
    { class: 'overlap-body' },
    html('div', { class: 'overlap-main' }, choose, matrix.figure.element, limit),
    html('div', { class: 'side' }, pair.element, samples.element, shared.element),
  );
  const element = html('div', { class: 'view overlap-view' });
  let data: OverlapData | undefined;
  return {
    element,
    draw(state) {
      const asked = choices.includes(state.overlapBudget ?? 0) ? state.overlapBudget! : standard;
      const overlap = kept === 0 ? undefined : model.overlap(asked);
      if (overlap !== undefined && overlap !== data?.overlap) data = new OverlapData(overlap, total);
      const few = data !== undefined && data.count < 2;
      note.textContent =
        kept === 0
          ? 'This record was made before the best neurons of single targets were kept: run again to have them.'
          : few
            ? 'Two samples with targets at least are needed to compare what they select.'
            : data === undefined
              ? 'Comparing the samples…'
              : '';
      // Only one of the two is in the tab: what is hidden is no figure of it.
      const shown = note.textContent === '' ? body : head;
      if (shown.parentElement === null) element.replaceChildren(shown);
      if (data === undefined || few) return;
      budget.set(String(asked));
      measure.set(state.overlapMeasure);
      order.set(state.overlapOrder);
      matrix.draw(state, data);
      pair.draw(state, data);
      samples.draw(state, data);
      shared.draw(data);
    },
  };
}
