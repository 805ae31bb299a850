import { axisBottom, axisLeft, line, scaleLinear, scaleLog, select } from 'd3';
import type { ComparisonRows } from '../../../src/protocol/comparison.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { keyPicture, lineLook } from '../../figures/pairColours.ts';
import { html, onResize, svg } from '../../page/dom.ts';
import { percent } from '../../page/format.ts';
import type { Page } from '../state/page.ts';

/* The figure of entropy curves: how many response tokens lie below each entropy, for every checkpoint. */

const height = 220;
const margin = { top: 10, right: 12, bottom: 34, left: 46 } as const;
/** Entropies below are drawn here, nats: such a token is certain. */
const least = 1e-6;
const points = 200;

/** Share of the response tokens whose entropy lies below a value, a curve a checkpoint. */
export function entropyCurves(page: Page): { readonly figure: Figure; draw(): void } {
  const { model } = page;
  let width = 0;
  let drawn: ComparisonRows | undefined;
  const drawing = svg('svg', {
    class: 'histogram',
    height,
    role: 'img',
    'aria-label': 'Cumulative distribution of token entropy',
  });
  const frame = figure(page, {
    name: 'entropy-curves',
    title: 'Entropy of the response tokens',
    caption: 'Share of tokens below each entropy. A curve that rises early is an over-confident checkpoint.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'response_row', 'entropy_nats', 'top1_probability', 'nll_nats'],
        model.record.checkpoints.flatMap(({ name }, position) =>
          Array.from(drawn?.entropy[position] ?? [], (entropy, row) => [
            name,
            row,
            entropy,
            drawn!.top1Probability[position]![row],
            drawn!.negativeLogLikelihood[position]![row],
          ]),
        ),
      ),
  });
  const key = html('ul', { class: 'line-key' });
  frame.body.append(drawing, key);
  const redraw = () => {
    if (width === 0 || drawn === undefined) return;
    const sorted = drawn.entropy.map((values) => Float32Array.from(values, (value) => Math.max(value, least)).sort());
    const top = Math.max(...sorted.map((values) => values.at(-1) ?? 1), 0.1);
    const x = scaleLog([least, top], [margin.left, width - margin.right]);
    const y = scaleLinear([0, 1], [height - margin.bottom, margin.top]);
    const axes = [
      svg('g', { class: 'axis', transform: `translate(0,${height - margin.bottom})` }),
      svg('g', { class: 'axis', transform: `translate(${margin.left},0)` }),
    ] as const;
    select(axes[0]).call(
      axisBottom(x)
        .ticks(Math.max(width / 90, 2), '.0e')
        .tickSize(4),
    );
    select(axes[1]).call(axisLeft(y).ticks(5, '.0%').tickSize(4));
    drawing.setAttribute('width', String(width));
    drawing.replaceChildren(
      ...axes,
      svg(
        'text',
        { class: 'axis', x: (margin.left + width) / 2, y: height - 4, 'text-anchor': 'middle' },
        'entropy (nats, log scale)',
      ),
      ...sorted.map((values, position) => {
        const look = lineLook(position);
        const count = Math.min(points, values.length);
        const at = Array.from({ length: count }, (_, i) =>
          Math.round((i * (values.length - 1)) / Math.max(count - 1, 1)),
        );
        const path = line<number>(
          (i) => x(values[i]!),
          (i) => y((i + 1) / values.length),
        )(at);
        const curve = svg('path', {
          class: 'histogram-line',
          d: path ?? '',
          'stroke-dasharray': look.dash || undefined,
        });
        curve.style.stroke = look.colour;
        return curve;
      }),
    );
    key.replaceChildren(
      ...sorted.map((values, position) => {
        const sure = values.filter((value) => value < 0.01).length / Math.max(values.length, 1);
        return html(
          'li',
          {},
          keyPicture(lineLook(position)),
          html('bdi', {}, model.name(position)),
          html('span', { class: 'muted' }, `${percent(sure)} below 0.01 nats`),
        );
      }),
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    redraw();
  });
  let look = '';
  return {
    figure: frame,
    draw() {
      const rows = model.rows();
      if (rows === undefined) return;
      if ('fault' in rows) {
        frame.caption.textContent = rows.fault;
        return;
      }
      const now = `${document.body.className}`;
      if (drawn === rows.part && look === now) return;
      drawn = rows.part;
      look = now;
      redraw();
    },
  };
}
