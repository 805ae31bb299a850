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

/** What means are over, where there are such. */
interface Over {
  readonly name: 'all' | 'targets' | 'heldOut';
  readonly label: string;
  readonly mark: (x: number, y: number) => SVGElement;
}

const overs: readonly Over[] = [
  { name: 'all', label: 'all', mark: (x, y) => svg('circle', { class: 'all', cx: x, cy: y, r: 4 }) },
  {
    name: 'targets',
    label: 'targets',
    mark: (x, y) => svg('path', { class: 'targets', d: `M${x},${y - 5}l5,5l-5,5l-5,-5z` }),
  },
  {
    name: 'heldOut',
    label: 'held out',
    mark: (x, y) => svg('path', { class: 'heldOut', d: `M${x},${y - 5}l5,9h-10z` }),
  },
];

/** Room for one number, pixels. */
const numberWidth = 54;

/**
 * Entropy, top-1 probability and NLL of every measured checkpoint: over all response tokens, at the targets, and, where
 * samples are held out, over the tokens of those.
 */
export function metricsFigure(page: Page): { readonly figure: Figure } {
  const { measurements } = page.model.record;
  const shown = overs.filter(({ name }) => measurements.some((each) => each[name] !== undefined));
  const anyHeldOut = shown.some(({ name }) => name === 'heldOut');
  let width = 0;
  const drawing = svg('svg', { class: 'metrics', role: 'img' });
  const sentence = measurements
    .map(
      ({ name, all, targets, heldOut }) =>
        `${name}: entropy ${decimal(all.entropy)}, at targets ${decimal(targets.entropy)}` +
        `${heldOut === undefined ? '' : `, held out ${decimal(heldOut.entropy)}`} nats`,
    )
    .join('; ');
  drawing.setAttribute('aria-label', sentence);
  const frame = figure(page, {
    name: 'metrics',
    title: 'Before and after',
    caption: anyHeldOut
      ? 'Means over all response tokens (●), at the targets (◇), and over the tokens of held-out samples (△), which chose no target.'
      : 'Means over all response tokens (●) and at the targets (◇), on the record’s calibration.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'over', 'rows', 'entropy_nats', 'top1_probability', 'nll_nats'],
        measurements.flatMap((measurement) =>
          shown.flatMap((over) => {
            const means = measurement[over.name];
            if (means === undefined) return [];
            const { rows, entropy, top1Probability, negativeLogLikelihood } = means;
            const name = over.name === 'heldOut' ? 'held_out' : over.name;
            return [[measurement.name, name, rows, entropy, top1Probability, negativeLogLikelihood]];
          }),
        ),
      ),
  });
  frame.body.append(drawing);

  const panel = ({ title, unit, key }: Metric, left: number, top: number, size: number): SVGElement => {
    const values = measurements.flatMap((each) => shown.flatMap(({ name }) => each[name]?.[key] ?? []));
    const [, high = 1] = extent(values);
    const [labels, numbers] = [84, numberWidth * shown.length - 4];
    const numberEnd = (index: number) => left + size - 4 - numberWidth * (shown.length - 1 - index);
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
      ...shown.map(({ label }, index) =>
        svg('text', { x: numberEnd(index), y: top + 30, class: 'axis', 'text-anchor': 'end' }, label),
      ),
      ...ticks.flatMap((tick) => [
        svg('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: top + head - 4, y2: bottom }),
        svg('text', { class: 'axis', x: x(tick), y: top + 30, 'text-anchor': 'middle' }, String(tick)),
      ]),
      ...measurements.flatMap((measurement, row) => {
        const { name } = measurement;
        const y = top + head + (row + 0.5) * rowHeight;
        const points = shown.flatMap((over, index) => {
          const value = measurement[over.name]?.[key];
          return value === undefined ? [] : [{ ...over, index, value }];
        });
        const first = x(measurement.all[key]);
        const text = (at: number, content: string, anchor: string, look = '') =>
          svg('text', { x: at, y, 'dominant-baseline': 'central', 'text-anchor': anchor, class: look }, content);
        return [
          text(left, name.length > 12 ? `${name.slice(0, 11)}…` : name, 'start', 'name'),
          ...points
            .slice(1)
            .map(({ value }) => svg('line', { class: 'between', x1: first, x2: x(value), y1: y, y2: y })),
          ...points.map(({ mark, value }) => mark(x(value), y)),
          ...points.map(({ index, value }) => text(numberEnd(index), decimal(value), 'end', 'number')),
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
