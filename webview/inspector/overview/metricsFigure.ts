import { extent, scaleLinear } from 'd3';
import type { Means } from '../../../src/record/run/runRecord.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, svg } from '../../page/dom.ts';
import { decimal } from '../../page/format.ts';
import type { Page } from '../state/page.ts';

/* The figure of the means: entropy, top-1 probability and NLL of every measured checkpoint. */

const rowHeight = 24;
const head = 40;

interface Metric {
  readonly title: string;
  readonly unit: string;
  readonly key: Exclude<keyof Means, 'rows'>;
}

const metrics: readonly Metric[] = [
  { title: 'Entropy', unit: 'nats', key: 'entropy' },
  { title: 'Top-1 probability', unit: '', key: 'top1Probability' },
  { title: 'Negative log-likelihood', unit: 'nats', key: 'negativeLogLikelihood' },
];

/** Entropy, top-1 probability and NLL of every measured checkpoint: over all response tokens, and at the targets. */
export function metricsFigure(page: Page): { readonly figure: Figure } {
  const { measurements } = page.model.record;
  let width = 0;
  const drawing = svg('svg', { class: 'metrics', role: 'img' });
  const sentence = measurements
    .map(
      ({ name, all, targets }) =>
        `${name}: entropy ${decimal(all.entropy)}, at targets ${decimal(targets.entropy)} nats`,
    )
    .join('; ');
  drawing.setAttribute('aria-label', sentence);
  const frame = figure(page, {
    name: 'metrics',
    title: 'Before and after',
    caption: 'Means over all response tokens (●) and at the targets (◇), on the record’s calibration.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'over', 'rows', 'entropy_nats', 'top1_probability', 'nll_nats'],
        measurements.flatMap(({ name, all, targets }) =>
          (
            [
              ['all', all],
              ['targets', targets],
            ] as const
          ).map(([over, means]) => [
            name,
            over,
            means.rows,
            means.entropy,
            means.top1Probability,
            means.negativeLogLikelihood,
          ]),
        ),
      ),
  });
  frame.body.append(drawing);

  const panel = ({ title, unit, key }: Metric, left: number, top: number, size: number): SVGElement => {
    const values = measurements.flatMap(({ all, targets }) => [all[key], targets[key]]);
    const [, high = 1] = extent(values);
    const [labels, numbers] = [84, 104];
    const x = scaleLinear()
      .domain([0, key === 'top1Probability' ? 1 : Math.max(high, 1e-6)])
      .range([left + labels, left + size - numbers])
      .nice();
    const bottom = top + head + measurements.length * rowHeight;
    const ticks = x.ticks(3);
    return svg(
      'g',
      {},
      svg(
        'text',
        { x: left, y: top + 12, class: 'panel-title' },
        title,
        svg('tspan', { class: 'axis' }, unit && ` ${unit}`),
      ),
      svg('text', { x: left + size - numbers / 2 - 6, y: top + 30, class: 'axis', 'text-anchor': 'end' }, 'all'),
      svg('text', { x: left + size - 4, y: top + 30, class: 'axis', 'text-anchor': 'end' }, 'targets'),
      ...ticks.flatMap((tick) => [
        svg('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: top + head - 4, y2: bottom }),
        svg('text', { class: 'axis', x: x(tick), y: top + 30, 'text-anchor': 'middle' }, String(tick)),
      ]),
      ...measurements.flatMap(({ name, all, targets }, row) => {
        const y = top + head + (row + 0.5) * rowHeight;
        const [a, t] = [x(all[key]), x(targets[key])];
        const text = (at: number, content: string, anchor: string, look = '') =>
          svg('text', { x: at, y, 'dominant-baseline': 'central', 'text-anchor': anchor, class: look }, content);
        return [
          text(left, name.length > 12 ? `${name.slice(0, 11)}…` : name, 'start', 'name'),
          svg('line', { class: 'between', x1: a, x2: t, y1: y, y2: y }),
          svg('circle', { class: 'all', cx: a, cy: y, r: 4 }),
          svg('path', { class: 'targets', d: `M${t},${y - 5}l5,5l-5,5l-5,-5z` }),
          text(left + size - numbers / 2 - 6, decimal(all[key]), 'end', 'number'),
          text(left + size - 4, decimal(targets[key]), 'end', 'number'),
        ];
      }),
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    const columns = width >= 1020 ? 3 : 1;
    const size = (width - (columns - 1) * 28) / columns;
    const panelHeight = head + measurements.length * rowHeight + 10;
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(panelHeight * (columns === 3 ? 1 : metrics.length)));
    drawing.replaceChildren(
      ...metrics.map((metric, i) =>
        columns === 3 ? panel(metric, i * (size + 28), 0, size) : panel(metric, 0, i * panelHeight, size),
      ),
    );
  });
  return { figure: frame };
}
