import { axisLeft, extent, scaleLinear, select } from 'd3';
import type { NeuronDetail } from '../../../src/protocol/explanation.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, set, svg } from '../../page/dom.ts';
import { count, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import { neuronName } from './neuronNames.ts';

/* The figure of one neuron's scores: a line for each target, in the record's order. */

const title = 'Scores at the targets';

const margin = { top: 8, right: 12, bottom: 24, left: 52 } as const;
const height = 130;

/** A neuron's score at every target at which it is known. */
export function scoreStrip(page: Page): { readonly figure: Figure; draw(detail: NeuronDetail | undefined): void } {
  const { model } = page;
  const targets = model.record.measurements[0]?.targets.rows ?? 0;
  let width = 0;
  let shown: NeuronDetail | undefined;
  const axis = svg('g', { class: 'axis' });
  const zero = svg('line', { class: 'zero' });
  const lines = svg('path', { class: 'scores' });
  const label = svg('text', { class: 'axis', 'text-anchor': 'middle' });
  const drawing = svg(
    'svg',
    { class: 'score-strip', height, role: 'img', 'aria-label': title },
    zero,
    lines,
    axis,
    label,
  );
  const frame = figure(page, {
    name: 'neuron-scores',
    title,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['target', 'score'],
        Array.from(shown?.targets ?? [], (target, i) => [target, shown!.scores[i]]),
      ),
  });
  frame.body.append(drawing);
  const paint = () => {
    if (width === 0) return;
    drawing.setAttribute('width', String(width));
    const [low, high] = extent(shown?.scores ?? []) as [number | undefined, number | undefined];
    const y = scaleLinear()
      .domain([Math.min(low ?? 0, 0), Math.max(high ?? 0, 0) || 1])
      .range([height - margin.bottom, margin.top]);
    const x = scaleLinear()
      .domain([-0.5, Math.max(targets, 1) - 0.5])
      .range([margin.left, width - margin.right]);
    select(axis).attr('transform', `translate(${margin.left},0)`).call(axisLeft(y).ticks(4).tickSize(4));
    set(zero, { x1: margin.left, x2: width - margin.right, y1: y(0), y2: y(0) });
    const each = Array.from(shown?.targets ?? [], (target, i) => `M${x(target)},${y(0)}V${y(shown!.scores[i]!)}`);
    lines.setAttribute('d', each.join(''));
    lines.style.strokeWidth = `${Math.min(Math.max(0.8 * (x(1) - x(0)), 1), 6)}px`;
    set(label, { x: (margin.left + width - margin.right) / 2, y: height - 6 });
    label.textContent = `${count(targets)} targets, sample after sample; score in logits`;
  };
  onResize(frame.body, (next) => {
    width = next;
    paint();
  });
  return {
    figure: frame,
    draw(detail) {
      if (detail === shown) return;
      shown = detail;
      if (detail === undefined) frame.caption.textContent = 'Reading the scores…';
      if (detail !== undefined) {
        const [low, high] = extent(detail.scores) as [number | undefined, number | undefined];
        drawing.setAttribute(
          'aria-label',
          `Scores of ${neuronName(model.layout, detail.neuron)}: known at ${count(detail.targets.length)} of ` +
            `${count(targets)} targets${low === undefined ? '' : `, from ${score(low)} to ${score(high!)}`}`,
        );
        frame.caption.textContent =
          detail.known === 'all'
            ? ''
            : detail.known === 'nothing'
              ? detail.note
              : `Known at ${count(detail.targets.length)} of ${count(targets)} targets: those where it is among the best ` +
                `${count(model.record.neurons.kept)}. ${detail.note}`;
      }
      paint();
    },
  };
}
