import { max } from 'd3';
import { expertNeuron, type NeuronModule, neuronsOfExpert, neuronText } from '../../../src/method/neuronLayout.ts';
import { isReset, resetNeurons } from '../../../src/method/resetSet.ts';
import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { DataTable } from '../../page/dataTable.ts';
import { html, link } from '../../page/dom.ts';
import { count, percent, score } from '../../page/format.ts';
import { type Sort, sortedBy } from '../../page/sort.ts';
import { showNeuron } from '../neuron/neuronView.ts';
import type { Page } from '../state/page.ts';
import type { NeuronColumn, State } from '../state/state.ts';
import { expertField } from './expertField.ts';
import { scoreHistogram } from './scoreHistogram.ts';

/* The neurons of one module: their histogram, their table, and the indices of those reset. */

/** One neuron of the module, as recorded. */
interface NeuronRow {
  readonly neuron: number;
  /** Best rank over all targets, 0 best; -1 never ranked. */
  readonly rank: number;
  readonly hits: number;
  readonly mean: number;
  readonly max: number;
}

function sortedRows(rows: readonly NeuronRow[], { column, descending }: Sort<NeuronColumn>): NeuronRow[] {
  const sign = descending ? -1 : 1;
  // A neuron that was never ranked comes after all that were.
  const value = (row: NeuronRow) =>
    column === 'rank' && row.rank < 0 ? (descending ? -1 : Number.MAX_SAFE_INTEGER) : row[column];
  return [...rows].sort((a, b) => sign * (value(a) - value(b)) || a.neuron - b.neuron);
}

/** The neurons of a module that are ranked: all, or one expert's. */
function rankedPart(module: NeuronModule, expert: number | undefined): Pick<NeuronModule, 'offset' | 'width'> {
  return expert === undefined ? module : neuronsOfExpert(module, expert);
}

/** The selected module (or the one that contributes most): its scores as a histogram, its neurons ranked, their indices to copy. */
export function neuronTable(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, otherwise: number | undefined): void;
} {
  const { model, store } = page;
  const histogram = scoreHistogram(page);
  const heading = html('h2', {});
  const facts = html('span', { class: 'muted' });
  let rows: readonly NeuronRow[] = [];
  let drawn: string | undefined;
  let module: (typeof model.layout.modules)[number] | undefined;
  let expert: number | undefined;
  let budget = 0;
  let mostHits = 1;
  const targets = model.record.measurements[0]?.targets.rows ?? 0;
  const table = new DataTable<NeuronColumn, NeuronRow>({
    label: 'Neurons of the module',
    columns: [
      { name: 'neuron', title: 'neuron', numeric: true, hint: 'Row or column of the weight' },
      { name: 'rank', title: 'best rank', numeric: true, hint: 'Best rank over all targets; 0 is best' },
      { name: 'hits', title: 'hits', numeric: true, hint: 'Targets that select it, at the run’s ρ' },
      { name: 'mean', title: 'mean score', numeric: true, hint: 'Over all targets, logits' },
      { name: 'max', title: 'max score', numeric: true, hint: 'Largest over all targets, logits' },
    ],
    cells: ({ neuron, rank, hits, mean, max: largest }) => {
      const bar = html('i', { class: 'share' });
      bar.style.width = `${(40 * hits) / mostHits}px`;
      return [
        module === undefined ? String(neuron) : neuronText(module, neuron),
        rank < 0 ? '–' : count(rank),
        html(
          'span',
          { title: `${percent(targets === 0 ? 0 : hits / targets)} of ${count(targets)} targets` },
          bar,
          count(hits),
        ),
        score(mean),
        score(largest),
      ];
    },
    rowClass: ({ rank }) => (isReset(rank, budget) ? 'reset' : ''),
    onChoose: ({ neuron }) => module && showNeuron(page, module.offset + neuron),
    onSort: (column, numeric) =>
      store.set({
        neuronSort: sortedBy(store.state.neuronSort, column, numeric && column !== 'rank' && column !== 'neuron'),
      }),
  });
  const copy = link('Copy reset indices', () => {
    const { bestRank } = model;
    if (module === undefined || bestRank === undefined) return;
    const own = rankedPart(module, expert);
    const first = own.offset - module.offset;
    const indices = resetNeurons({ ...module, ...own }, bestRank, budget).map((neuron) => first + neuron);
    void page.copy(`[${indices.join(', ')}]`, `${count(indices.length)} indices`);
  });
  const save = csvLink(page, 'Save the neurons as CSV', () => {
    if (module === undefined) return undefined;
    const own = module;
    const experts = own.experts !== undefined;
    const text = csv(
      ['neuron', ...(experts ? ['expert'] : []), 'best_rank', 'hits', 'mean_score', 'max_score', 'reset'],
      rows.map(({ neuron, rank, hits, mean, max }) => [
        neuron,
        ...(experts ? [expertNeuron(own, neuron)!.expert] : []),
        rank,
        hits,
        mean,
        max,
        isReset(rank, budget),
      ]),
    );
    const part = expert === undefined ? '' : `-expert-${expert}`;
    return { name: `neurons-${module.layer}-${module.projection}${part}.csv`, text };
  });
  const field = expertField((chosen) => {
    if (module === undefined) return;
    const { layer, projection } = module;
    page.select({ layer, projection, expert: chosen });
  });
  const body = html(
    'div',
    { class: 'module', hidden: true },
    html('header', { class: 'module-head' }, heading, facts, html('span', { class: 'grow' }), field.element),
    histogram.figure.element,
    html(
      'section',
      { class: 'figure neurons' },
      html(
        'header',
        {},
        html('h2', {}, 'Neurons'),
        html('div', { class: 'controls' }, copy),
        html('div', { class: 'saves' }, save),
      ),
      table.element,
    ),
  );
  const waiting = html('p', { class: 'empty' }, 'Reading the scores…');
  const element = html('div', { class: 'module-pane' }, waiting, body);
  return {
    element,
    draw(state, otherwise) {
      const selected = model.layout.modules.find(
        ({ layer, projection }) => layer === state.layer && projection === state.projection,
      );
      module = selected ?? (otherwise === undefined ? undefined : model.layout.modules[otherwise]);
      if (module === undefined) return;
      const ranks = model.bestRank;
      const mean = model.neurons('mean_score');
      const largest = model.neurons('max_score');
      const hits = model.neurons('hits');
      const reset = model.reset(state);
      const ready = (ranks && mean && largest && hits && reset) !== undefined;
      waiting.hidden = ready;
      body.hidden = !ready;
      if (!ranks || !mean || !largest || !hits || !reset) return;
      budget = reset.budget;
      // An expert is one of the selected layer, and not of the module that is shown where none is selected.
      expert = selected?.experts === undefined ? undefined : state.expert;
      field.draw(module, expert);
      const { layer, projection } = module;
      const { offset, width } = rankedPart(module, expert);
      const first = offset - module.offset;
      const neurons =
        expert === undefined
          ? reset.modules.find((own) => own.module === module)!.neurons
          : resetNeurons({ ...module, offset, width }, ranks, budget).length;
      const name = expert === undefined ? '' : `expert ${expert}`;
      heading.textContent = [`Layer ${layer}`, projection, name].filter((part) => part !== '').join(' · ');
      facts.textContent = `${count(neurons)} of ${count(width)} neurons reset, ${percent(neurons / width)}`;
      const slice = <T extends Int32Array | Float32Array>(array: T) => array.subarray(offset, offset + width);
      const key = `${layer} ${projection} ${name} ${state.neuronSort.column} ${state.neuronSort.descending}`;
      if (drawn !== key) {
        const all = Array.from(
          { length: width },
          (_, place): NeuronRow => ({
            neuron: first + place,
            rank: ranks[offset + place]!,
            hits: hits[offset + place]!,
            mean: mean[offset + place]!,
            max: largest[offset + place]!,
          }),
        );
        rows = sortedRows(all, state.neuronSort);
        mostHits = max(all, (row) => row.hits) || 1;
        drawn = key;
        table.scrollToTop();
      }
      histogram.draw(
        { mean: slice(mean), bestRank: slice(ranks), budget },
        `layer ${layer} ${projection} ${name}`.trim(),
      );
      table.draw(rows, state.neuronSort);
    },
  };
}
