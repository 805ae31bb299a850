import { dropdown, html, link } from '../../page/dom.ts';
import type { Page, View } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { deltaMaps } from './deltaMaps.ts';
import { histogramFigure } from './histogramFigure.ts';
import { markedRun, resetMarks } from './resetMarks.ts';
import { spectrumFigure } from './spectrumFigure.ts';
import { spikeList } from './spikeList.ts';
import { tensorStatistics } from './tensorStatistics.ts';

/* The tensor tab: one weight, pair by pair, down to single elements. */

/** Pairs chosen by boxes; more of them are folded away. */
const boxesInLine = 6;

/** The tensor tab: one weight, pair by pair, down to single elements (Fig. 3 of the paper). */
export function tensorView(page: Page): View {
  const { model, store } = page;
  const { record, summary } = model;
  const maps = deltaMaps(page);
  const histogram = histogramFigure(page);
  const spectrum = spectrumFigure(page);
  const statistics = tensorStatistics(page);
  const spikes = spikeList(page, (at) => {
    maps.showElement(at);
    maps.figure.element.scrollIntoView({ block: 'nearest' });
  });

  const names = new Map(record.tensors.map(({ name }, tensor) => [name, tensor]));
  const select = html('vscode-single-select', { combobox: true, label: 'Tensor', 'aria-label': 'Tensor' });
  for (const name of names.keys()) select.append(html('vscode-option', { value: name }, name));
  select.addEventListener('change', () => {
    const tensor = names.get(select.value);
    if (tensor !== undefined) store.set({ tensor });
  });
  const step = (by: number) => {
    const now = model.tensor(store.state);
    const { module } = record.tensors[now]!;
    // The same module of the next layer: what people page through.
    const alike = record.tensors.flatMap((tensor, i) => (tensor.module === module ? [i] : []));
    const next = alike[alike.indexOf(now) + by];
    if (next !== undefined) store.set({ tensor: next });
  };
  const boxes = record.pairs.map((_, pair) => {
    const box = html('vscode-checkbox', {}, html('bdi', {}, model.pairName(pair)));
    box.label = model.pairName(pair);
    box.addEventListener('change', () => {
      const others = model.pairs(store.state).filter((other) => other !== pair);
      const next = box.checked ? [...others, pair].sort((a, b) => a - b) : others;
      // Nothing at all is no view: the last one stays.
      if (next.length === 0) box.checked = true;
      else store.set({ pairs: next });
    });
    return box;
  });
  const chooser =
    boxes.length <= boxesInLine
      ? html('div', { class: 'pairs', role: 'group', 'aria-label': 'Pairs' }, ...boxes)
      : html('details', { class: 'pairs' }, html('summary', {}, `Choose among ${boxes.length} pairs`), ...boxes);
  const run = dropdown(
    'Reset set of',
    [...summary.resetSets.map(({ run: name }) => [name, name] as const), ['', 'no run'] as const],
    (chosen) => store.set({ run: chosen }),
  );
  const marked = html('span', { class: 'muted' });
  const facts = html('span', { class: 'muted' });
  const controls = html(
    'div',
    { class: 'tensor-controls' },
    html(
      'div',
      { class: 'tensor-choice' },
      select,
      link('‹ layer', () => step(-1), 'The same module of the layer before'),
      link('layer ›', () => step(1), 'The same module of the next layer'),
      facts,
    ),
    chooser,
    summary.resetSets.length > 0 && html('div', { class: 'marks' }, run.element, marked),
  );
  return {
    element: html(
      'div',
      { class: 'view tensor-view' },
      controls,
      maps.figure.element,
      html(
        'div',
        { class: 'tensor-details' },
        histogram.figure.element,
        spectrum.figure.element,
        statistics.element,
        spikes.element,
      ),
    ),
    draw(state: State) {
      const tensor = model.tensor(state);
      const { name, shape } = record.tensors[tensor]!;
      if (select.value !== name) select.value = name;
      facts.textContent = `[${shape.join(' × ')}]`;
      const shown = model.pairs(state);
      boxes.forEach((box, pair) => {
        box.checked = shown.includes(pair);
      });
      run.set(markedRun(model, state)?.run ?? '');
      const marks = resetMarks(model, state, tensor);
      marked.textContent =
        marks === undefined
          ? 'no neuron of this tensor is reset'
          : `${marks.neurons.length} ${marks.axis === 'row' ? 'rows' : 'columns'} are reset, marked along the axis`;
      maps.draw(state);
      histogram.draw(state);
      spectrum.draw(state);
      statistics.draw(state);
      spikes.draw(state);
    },
  };
}
