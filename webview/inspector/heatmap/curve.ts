import { area, axisBottom, axisLeft, line, max, scaleLinear, scaleLog, select } from 'd3';
import { heavyResetRatio } from '../../../src/method/resetRatio.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, svg } from '../../page/dom.ts';
import { count, percent, rhoText, significant } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import { rhoAt, rhoSteps, roundRho } from '../state/rhoScale.ts';
import type { State } from '../state/state.ts';

/* The figure of the effective reset ratio against rho. */

const title = 'Effective reset ratio against ρ';

const margin = { top: 12, right: 14, bottom: 34, left: 44 } as const;
const height = 210;
/** Width that a tick's label needs, pixels. */
const tickRoom = 40;

interface Point {
  readonly rho: number;
  readonly neurons: number;
  readonly ratio: number;
}

/** Effective reset ratio against rho, over the slider's range; the 20 % line where a reset becomes heavy. */
export function curve(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store } = page;
  const { range } = model;
  let width = 0;
  let points: Point[] = [];
  const drawing = svg('svg', { class: 'curve', height, role: 'img', 'aria-label': title });
  const frame = figure(page, {
    name: 'effective-ratio',
    title,
    caption: 'Neurons in the reset set over all neurons. Click to set ρ.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['rho', 'neurons', 'effective_ratio'],
        points.map(({ rho, neurons, ratio }) => [rho, neurons, ratio]),
      ),
  });
  frame.body.append(drawing);
  const axes = [svg('g', { class: 'axis' }), svg('g', { class: 'axis' })] as const;
  const shade = svg('path', { class: 'shade' });
  const path = svg('path', { class: 'line' });
  const limit = svg('line', { class: 'limit' });
  const limitText = svg('text', { class: 'limit', 'text-anchor': 'start' }, `${100 * heavyResetRatio} %`);
  const own = svg('line', { class: 'own' });
  const ownText = svg('text', { class: 'axis', 'text-anchor': 'middle' }, 'run');
  const cursor = svg('line', { class: 'cursor' });
  const dot = svg('circle', { class: 'dot', r: 4 });
  const xTitle = svg('text', { class: 'axis', 'text-anchor': 'middle' }, 'ρ (log scale)');
  drawing.append(...axes, shade, own, ownText, limit, limitText, path, cursor, dot, xTitle);

  const x = scaleLog().domain([range.min, range.max]);
  const y = scaleLinear().range([height - margin.bottom, margin.top]);

  const outline = () => {
    const known = model.curve;
    if (known === undefined || width === 0) return false;
    if (points.length === 0) {
      // Every fourth position of the slider: 101 exact points.
      points = Array.from({ length: rhoSteps / 4 + 1 }, (_, i) => {
        const rho = rhoAt(4 * i, range);
        const { neurons, neuronRatio: ratio } = known.at(rho);
        return { rho, neurons, ratio };
      });
    }
    const top = Math.min(1, Math.max(1.15 * (max(points, ({ ratio }) => ratio) ?? 0), 0.01));
    x.range([margin.left, width - margin.right]);
    y.domain([0, top]);
    const ticks: number[] = [];
    for (const rho of [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.2]) {
      const within = rho >= range.min * 0.999 && rho <= range.max * 1.001;
      if (within && (ticks.length === 0 || x(rho) - x(ticks.at(-1)!) >= tickRoom)) ticks.push(rho);
    }
    select(axes[0])
      .attr('transform', `translate(0,${height - margin.bottom})`)
      .call(
        axisBottom(x)
          .tickValues(ticks)
          .tickFormat((rho) => `${significant(100 * Number(rho), 2)} %`)
          .tickSize(4),
      );
    select(axes[1])
      .attr('transform', `translate(${margin.left},0)`)
      .call(
        axisLeft(y)
          .ticks(5)
          .tickFormat((ratio) => `${significant(100 * Number(ratio), 3)} %`)
          .tickSize(4),
      );
    path.setAttribute(
      'd',
      line<Point>(
        (point) => x(point.rho),
        (point) => y(point.ratio),
      )(points) ?? '',
    );
    shade.setAttribute(
      'd',
      area<Point>(
        (point) => x(point.rho),
        y(0),
        (point) => y(point.ratio),
      )(points) ?? '',
    );
    const shown = top >= heavyResetRatio;
    for (const mark of [limit, limitText]) mark.setAttribute('visibility', shown ? 'visible' : 'hidden');
    limit.setAttribute('x1', String(margin.left));
    limit.setAttribute('x2', String(width - margin.right));
    limit.setAttribute('y1', String(y(heavyResetRatio)));
    limit.setAttribute('y2', String(y(heavyResetRatio)));
    limitText.setAttribute('x', String(margin.left + 6));
    limitText.setAttribute('y', String(y(heavyResetRatio) - 4));
    const ownX = String(x(model.record.settings.rho));
    own.setAttribute('x1', ownX);
    own.setAttribute('x2', ownX);
    own.setAttribute('y1', String(margin.top));
    own.setAttribute('y2', String(height - margin.bottom));
    ownText.setAttribute('x', ownX);
    ownText.setAttribute('y', String(margin.top - 3));
    xTitle.setAttribute('x', String((margin.left + width - margin.right) / 2));
    xTitle.setAttribute('y', String(height - 3));
    drawing.setAttribute('width', String(width));
    return true;
  };
  let outlined = false;
  const mark = (state: State) => {
    const reset = model.reset(state);
    if (!outlined || reset === undefined) return;
    const rho = model.rho(state);
    const inside = rho >= range.min && rho <= range.max;
    for (const shape of [cursor, dot]) shape.setAttribute('visibility', inside ? 'visible' : 'hidden');
    // Rho 0 has no place on a logarithmic scale.
    const [cx, cy] = [inside ? x(rho) : 0, y(reset.neuronRatio)];
    cursor.setAttribute('x1', String(cx));
    cursor.setAttribute('x2', String(cx));
    cursor.setAttribute('y1', String(cy));
    cursor.setAttribute('y2', String(height - margin.bottom));
    dot.setAttribute('cx', String(cx));
    dot.setAttribute('cy', String(cy));
    const text = `Effective reset ratio ${percent(reset.neuronRatio)} (${count(reset.neurons)} neurons) at rho ${rhoText(rho)}`;
    drawing.setAttribute('aria-label', text);
  };
  onResize(frame.body, (next) => {
    width = next;
    outlined = outline();
    mark(store.state);
  });
  drawing.addEventListener('click', ({ offsetX }) => {
    if (!outlined) return;
    const rho = roundRho(x.invert(offsetX));
    store.set({ rho: Math.min(Math.max(rho, range.min), range.max) });
  });
  return {
    figure: frame,
    draw(state) {
      if (!outlined) outlined = outline();
      mark(state);
    },
  };
}
