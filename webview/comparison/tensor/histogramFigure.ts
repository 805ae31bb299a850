import { axisBottom, axisLeft, max, min, scaleLog, select } from 'd3';
import type { DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { keyPicture, lineLook } from '../../figures/pairColours.ts';
import { html, onResize, svg } from '../../page/dom.ts';
import { percent } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { combMarks, combOf, combText } from './comb.ts';

/* The figure of how large the changes of a tensor are: histograms of |Δ|, a line for each pair. */

const title = 'Sizes of change';

const height = 220;
const margin = { top: 16, right: 12, bottom: 34, left: 52 } as const;

/** Bins of a histogram as `[lower edge, upper edge, elements]`. */
function bins({ firstExponent, binsPerOctave, counts }: DifferenceScalars['histogram']): [number, number, number][] {
  return counts.map((elements, i) => [
    2 ** (firstExponent + i / binsPerOctave),
    2 ** (firstExponent + (i + 1) / binsPerOctave),
    elements,
  ]);
}

/** Histograms of `|Δ|` of one tensor, a line a pair, both axes logarithmic (Figs. 11–13 of the paper). */
export function histogramFigure(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store } = page;
  let width = 0;
  const drawing = svg('svg', { class: 'histogram', height, role: 'img', 'aria-label': title });
  const frame = figure(page, {
    name: 'tensor-histogram',
    title,
    drawing: () => ({ svg: drawing }),
    csv: () => {
      const tensor = model.tensor(store.state);
      return csv(
        ['reference', 'checkpoint', 'abs_delta_from', 'abs_delta_to', 'elements'],
        model.pairs(store.state).flatMap((pair) => {
          const { reference, checkpoint } = model.sides(pair);
          const { histogram } = model.difference(pair, tensor);
          return [
            [reference, checkpoint, 0, 0, histogram.zero],
            ...bins(histogram).map((bin) => [reference, checkpoint, ...bin]),
          ];
        }),
      );
    },
  });
  const key = html('ul', { class: 'line-key' });
  frame.body.append(drawing, key);

  const redraw = (state: State) => {
    if (width === 0) return;
    const tensor = model.tensor(state);
    const shown = model.pairs(state).map((pair, place) => {
      const difference = model.difference(pair, tensor);
      return { name: model.pairName(pair), bins: bins(difference.histogram), difference, look: lineLook(place) };
    });
    const all = shown.flatMap((each) => each.bins);
    const low = min(all, ([from]) => from) ?? 1e-6;
    const high = max(all, ([, to]) => to) ?? 1;
    const x = scaleLog([low, high], [margin.left, width - margin.right]);
    const y = scaleLog(
      [0.8, Math.max(max(all, ([, , elements]) => elements) ?? 1, 10)],
      [height - margin.bottom, margin.top],
    );
    const comb = model
      .pairs(state)
      .map((pair) => combOf(model, pair, tensor))
      .find((step) => step !== undefined);
    frame.caption.textContent = comb === undefined ? '' : combText(comb);
    const axes = [
      svg('g', { class: 'axis', transform: `translate(0,${height - margin.bottom})` }),
      svg('g', { class: 'axis', transform: `translate(${margin.left},0)` }),
    ] as const;
    select(axes[0]).call(
      axisBottom(x)
        .ticks(Math.max(width / 90, 2), '.0e')
        .tickSize(4),
    );
    select(axes[1]).call(axisLeft(y).ticks(4, '~s').tickSize(4));
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('aria-label', `Histograms of the absolute change of ${model.record.tensors[tensor]!.name}`);
    drawing.replaceChildren(
      ...axes,
      ...(comb
        ? [
            combMarks(
              comb,
              (change) => (change >= low && change <= high ? x(change) : undefined),
              margin.top,
              height - margin.bottom,
            ),
          ]
        : []),
      svg('text', { class: 'axis', x: (margin.left + width) / 2, y: height - 4, 'text-anchor': 'middle' }, '|Δ|'),
      ...shown.map(({ bins: own, look }) => {
        const base = y(0.8);
        let path = '';
        for (const [from, to, elements] of own) {
          const at = elements === 0 ? base : y(elements);
          path += `${path === '' ? 'M' : 'L'}${x(from).toFixed(1)},${at.toFixed(1)}L${x(to).toFixed(1)},${at.toFixed(1)}`;
        }
        const line = svg('path', { class: 'histogram-line', d: path, 'stroke-dasharray': look.dash || undefined });
        line.style.stroke = look.colour;
        return line;
      }),
    );
    key.replaceChildren(
      ...shown.map(({ name, difference, look }) => {
        return html(
          'li',
          {},
          keyPicture(look),
          html('bdi', {}, name),
          html('span', { class: 'muted' }, `${percent(difference.unchangedShare)} unchanged`),
        );
      }),
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    redraw(store.state);
  });
  return { figure: frame, draw: redraw };
}
