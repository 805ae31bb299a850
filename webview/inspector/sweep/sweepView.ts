import { sampledTradeOff, teacherForcedTradeOff } from '../../../src/record/sweep/tradeOff.ts';
import { button, dropdown, html } from '../../page/dom.ts';
import { jobProgress } from '../jobProgress.ts';
import type { Page, View } from '../state/page.ts';
import { type SweepMeasureName, sweepMeasureNames } from '../state/state.ts';
import { sweepMap } from './sweepMap.ts';
import { measureTitle, sweepMeasures } from './sweepMeasures.ts';
import { kindsOf, shownSet, sweepSets } from './sweepSets.ts';
import { sweepTable } from './sweepTable.ts';
import { tradeOffFigure } from './tradeOffFigure.ts';

/* The sweep tab: the run at many alphas and rhos, what each point regains and pays, and *Run Sweep…*. */

/** A drop-down whose options come and go; it is made anew when they do. */
function changingDropdown(label: string, onChange: (value: string) => void) {
  const element = html('span', {});
  let options = '';
  let choice: ReturnType<typeof dropdown<string>> | undefined;
  return {
    element,
    /** Hidden where there is nothing to choose. */
    set(values: readonly (readonly [value: string, label: string])[], value: string) {
      const next = JSON.stringify(values);
      if (next !== options) {
        options = next;
        choice = dropdown<string>(label, values, onChange);
        element.replaceChildren(choice.element);
      }
      element.hidden = values.length < 2;
      choice!.set(value);
    },
  };
}

/** The sweep tab. */
export function sweepView(page: Page): View {
  const { model, store, host } = page;
  const map = sweepMap(page);
  const trade = tradeOffFigure(page);
  const table = sweepTable(page);
  const progress = jobProgress(page);
  const run = button('Run Sweep…', () => host.act({ name: 'sweep' }));
  const sets = changingDropdown('Sweep', (sweep) => store.set({ sweep }));
  const measures = changingDropdown('Measure', (name) => store.set({ sweepMeasure: name as SweepMeasureName }));
  const kinds = changingDropdown('Neurons by', (sweepKind) => store.set({ sweepKind }));
  const tradeOffs = changingDropdown('Figures', (name) =>
    store.set({ tradeOff: name === 'sampled' ? 'sampled' : 'teacherForced' }),
  );
  map.figure.controls.prepend(measures.element, kinds.element);
  trade.figure.controls.prepend(tradeOffs.element);
  const empty = html('p', { class: 'empty' });
  const notes = html('ul', { class: 'notes' });
  const head = html(
    'section',
    { class: 'figure sweep-head', 'aria-label': 'Sweeps of this run' },
    html('div', { class: 'sweep-line' }, sets.element, run, progress.element),
    empty,
    notes,
  );
  const figures = html(
    'div',
    { class: 'sweep-figures', hidden: true },
    map.figure.element,
    trade.figure.element,
    table.element,
  );
  return {
    element: html('div', { class: 'view sweep-view' }, head, figures),
    draw(state) {
      const { measured } = model;
      progress.draw();
      run.hidden = measured.job !== undefined;
      notes.replaceChildren(...measured.notes.map((note) => html('li', {}, html('bdi', {}, note))));
      const all = sweepSets(model);
      const set = shownSet(model, all, state);
      figures.hidden = set === undefined;
      empty.hidden = set !== undefined;
      empty.textContent = measured.known
        ? 'Not swept yet. A sweep measures what commits at many α and ρ would give, and controls, without leaving a checkpoint behind.'
        : 'Looking for sweeps…';
      sets.set(
        all.map(({ name }) => [name, name]),
        set?.name ?? '',
      );
      if (set === undefined) return;
      const { points } = set.record;
      const known = sweepMeasureNames.filter((name) =>
        points.some((point) => (sweepMeasures[name].of(point) ?? undefined) !== undefined),
      );
      const measure = known.find((name) => name === state.sweepMeasure) ?? 'targetEntropy';
      measures.set(
        known.map((name) => [name, measureTitle(name, points)]),
        measure,
      );
      const there = kindsOf(set.record);
      const kind = there.find(({ id }) => id === state.sweepKind) ?? there[0]!;
      kinds.set(
        there.map(({ id, title }) => [id, title]),
        kind.id,
      );
      const sampled = sampledTradeOff(set.record);
      tradeOffs.set(
        [['teacherForced', 'teacher-forced'], ...(sampled === undefined ? [] : ([['sampled', 'sampled']] as const))],
        sampled === undefined ? 'teacherForced' : state.tradeOff,
      );
      const tradeOff = (state.tradeOff === 'sampled' ? sampled : undefined) ?? teacherForcedTradeOff(set.record);
      map.draw(state, { set, kind, measure });
      trade.draw(state, { set, tradeOff });
      table.draw(state, { set, tradeOff });
    },
  };
}
