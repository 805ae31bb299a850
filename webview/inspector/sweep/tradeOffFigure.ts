import { axisBottom, axisLeft, extent, line, scaleLinear, select } from 'd3';
import { pointName } from '../../../src/record/sweep/pointName.ts';
import type { MeasuredPoint } from '../../../src/record/sweep/sweepRecord.ts';
import { type Measures, sweepFront, type TradeOff } from '../../../src/record/sweep/tradeOff.ts';
import { onCells } from '../../figures/cellEvents.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, svg } from '../../page/dom.ts';
import { decimal, percent } from '../../page/format.ts';
import { currentTheme } from '../../page/theme.ts';
import { placeText } from '../jobProgress.ts';
import { isCommit } from '../state/measurements.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { setPlace } from './setPlace.ts';
import { alphaColours, frontShape, marksKey, symbol } from './sweepMarks.ts';
import type { SweepSet } from './sweepSets.ts';

/* What each point of a sweep regains against what it pays, with the Pareto front. A point that is chosen sets rho and alpha. */

const margin = { top: 10, right: 16, bottom: 36, left: 58 } as const;
/** More points would stop the page. */
const mostPoints = 4000;

type Place = readonly [x: number, y: number];

/** What is drawn. */
export interface TradeOffContent {
  readonly set: SweepSet;
  readonly tradeOff: TradeOff;
}

/** The points by what they pay, which keys go along. */
function ordered({ set, tradeOff }: TradeOffContent): readonly MeasuredPoint[] {
  const paid = (point: MeasuredPoint) => tradeOff.paid.of(point) ?? 0;
  return [...set.record.points].sort((a, b) => paid(a) - paid(b)).slice(0, mostPoints);
}

/** For each anchor and alpha the places through rho, from fusion alone on. */
function throughRho(points: readonly MeasuredPoint[]): MeasuredPoint[][] {
  const lines = new Map<string, MeasuredPoint[]>();
  for (const point of points) {
    if (point.selection !== 'attribution' && point.selection !== 'none') continue;
    const name = `${point.anchor} ${point.alpha}`;
    lines.set(name, [...(lines.get(name) ?? []), point]);
  }
  return [...lines.values()].map((own) => own.sort((a, b) => a.rho - b.rho));
}

export function tradeOffFigure(page: Page): {
  readonly figure: Figure;
  draw(state: State, content: TradeOffContent): void;
} {
  const { model, store, tooltip } = page;
  let width = 0;
  let drawn = '';
  let content: TradeOffContent | undefined;
  let points: readonly MeasuredPoint[] = [];
  let front: ReadonlySet<MeasuredPoint> = new Set();
  let shapes: SVGGElement[] = [];
  let place: (each: Measures) => Place = () => [0, 0];
  let focus = 0;
  const drawing = svg('svg', { class: 'trade-off', role: 'listbox' });
  const now = svg('rect', { class: 'now', width: 16, height: 16 });
  const frame = figure(page, {
    name: 'sweep-trade-off',
    title: 'Regained against paid',
    caption: 'A mark a point; lines go through ρ. Click, or press Enter, to set its ρ and α.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['alpha', 'rho', 'neurons_by', 'neuron_ratio', 'regained', 'paid', 'pareto_front'],
        points.map((point) => [
          ...[point.alpha, point.rho, pointName(point, content!.set.record), point.neuronRatio],
          ...[content!.tradeOff.regained.of(point), content!.tradeOff.paid.of(point), front.has(point)],
        ]),
      ),
  });
  frame.body.append(drawing);

  const moveFocus = (to: number, take: boolean) => {
    shapes[focus]?.setAttribute('tabindex', '-1');
    focus = to;
    shapes[focus]?.setAttribute('tabindex', '0');
    if (take) shapes[focus]?.focus();
  };
  const choose = (at: number) => {
    const point = points[at];
    if (point !== undefined) setPlace(page, point);
  };
  onCells<number>(drawing, {
    placeOf: ({ dataset }) => Number(dataset['point']),
    show(at) {
      const [point, shape] = [points[at], shapes[at]];
      if (point === undefined || shape === undefined || content === undefined) return;
      const { regained, paid } = content.tradeOff;
      tooltip.show(shape, placeText(point), [
        ['neurons', pointName(point, content.set.record)],
        [regained.label, decimal(regained.of(point)!)],
        [paid.label, decimal(paid.of(point)!)],
        ['neurons reset', percent(point.neuronRatio)],
        ...(front.has(point) ? [['Pareto front', 'yes'] as const] : []),
      ]);
    },
    hide: () => tooltip.hide(),
    choose(at) {
      moveFocus(at, true);
      choose(at);
    },
    chooseFocused: () => choose(focus),
    key({ key }) {
      const last = points.length - 1;
      const moves: Readonly<Record<string, number>> = {
        ...{ ArrowRight: focus + 1, ArrowDown: focus + 1, ArrowLeft: focus - 1, ArrowUp: focus - 1 },
        ...{ Home: 0, End: last },
      };
      const to = moves[key];
      if (to !== undefined) moveFocus(Math.min(Math.max(to, 0), last), true);
      return to !== undefined;
    },
  });

  const paint = ({ set, tradeOff }: TradeOffContent) => {
    const { record } = set;
    const { regained, paid } = tradeOff;
    const values = (each: Measures) => [paid.of(each), regained.of(each)] as const;
    const references = record.references.filter((each) => values(each).every((value) => value !== undefined));
    const all = [...references, ...points].map(values);
    const height = Math.min(Math.max(Math.round(width * 0.72), 260), 440);
    const domain = (axis: 0 | 1) => extent(all, (value) => value[axis]) as [number, number];
    const x = scaleLinear(domain(0), [margin.left + 10, width - margin.right - 10]).nice(6);
    const y = scaleLinear(domain(1), [height - margin.bottom - 10, margin.top + 10]).nice(6);
    place = (each) => [x(paid.of(each) ?? 0), y(regained.of(each) ?? 0)];
    const colours = alphaColours(record.points);
    const path = line<Measures>(
      (each) => place(each)[0],
      (each) => place(each)[1],
    );
    const axes = [svg('g', { class: 'axis' }), svg('g', { class: 'axis' })] as const;
    select(axes[0])
      .attr('transform', `translate(0,${height - margin.bottom})`)
      .call(axisBottom(x).ticks(6).tickSize(4));
    select(axes[1]).attr('transform', `translate(${margin.left},0)`).call(axisLeft(y).ticks(6).tickSize(4));
    const titles = [
      svg(
        'text',
        { class: 'axis', 'text-anchor': 'middle', x: (margin.left + width - margin.right) / 2, y: height - 3 },
        `paid: ${paid.label}`,
      ),
      svg(
        'text',
        {
          ...{ class: 'axis', 'text-anchor': 'middle' },
          transform: `translate(12,${(margin.top + height - margin.bottom) / 2}) rotate(-90)`,
        },
        `regained: ${regained.label}`,
      ),
    ];
    const best = [...sweepFront(record, tradeOff)].map((index) => record.points[index]!);
    front = new Set(best);
    const had = drawing.contains(document.activeElement);
    shapes = points.map((point, at) => {
      const [cx, cy] = place(point);
      const name = `${placeText(point)}, ${pointName(point, record)}: ${regained.label} ${decimal(regained.of(point)!)}, ${paid.label} ${decimal(paid.of(point)!)}${front.has(point) ? ', on the Pareto front' : ''}`;
      return svg(
        'g',
        { class: 'cell', role: 'option', tabindex: -1, 'data-point': at, 'aria-label': name },
        svg('circle', { class: 'reach', cx, cy, r: 8 }),
        symbol(point.selection, cx, cy, colours.get(point.alpha)!),
      );
    });
    const lines = throughRho(points).map((own) => {
      const through = svg('path', { class: 'through', d: path(own) ?? '' });
      if (own[0]!.anchor !== null) through.classList.add('anchored');
      through.style.stroke = colours.get(own[0]!.alpha)!;
      return through;
    });
    const standard = points.find(
      (point) => isCommit(point) && point.alpha === record.run.alpha && point.rho === record.run.rho,
    );
    const key = marksKey(record, margin.left, height + 8, width - margin.left);
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(height + 8 + key.height));
    drawing.setAttribute('aria-label', `${regained.label} against ${paid.label}, ${points.length} points`);
    drawing.replaceChildren(
      ...axes,
      ...titles,
      frontShape(path(best) ?? ''),
      ...lines,
      ...references.flatMap((each) => {
        const [rx, ry] = place(each);
        const right = rx > width - 80;
        return [
          svg('rect', { class: 'reference', x: rx - 4, y: ry - 4, width: 8, height: 8 }),
          svg(
            'text',
            { x: rx + (right ? -9 : 9), y: ry, 'dominant-baseline': 'central', 'text-anchor': right ? 'end' : 'start' },
            each.name,
          ),
        ];
      }),
      ...(standard === undefined
        ? []
        : [svg('circle', { class: 'own', cx: place(standard)[0], cy: place(standard)[1], r: 9 })]),
      now,
      ...shapes,
      ...key.elements,
    );
    moveFocus(Math.min(focus, points.length - 1), had);
  };
  const mark = (state: State) => {
    const [rho, alpha] = [model.rho(state), model.alpha(state)];
    let at: Place | undefined;
    points.forEach((point, i) => {
      const same = point.rho === rho && point.alpha === alpha;
      shapes[i]?.setAttribute('aria-selected', String(same));
      if (same && isCommit(point)) at = place(point);
    });
    now.setAttribute('visibility', at === undefined ? 'hidden' : 'visible');
    if (at === undefined) return;
    now.setAttribute('x', String(at[0] - 8));
    now.setAttribute('y', String(at[1] - 8));
  };
  const draw = (state: State) => {
    if (content === undefined || width === 0) return;
    const { set, tradeOff } = content;
    const values = set.record.points.map((point) => [
      point.alpha,
      point.rho,
      tradeOff.regained.of(point),
      tradeOff.paid.of(point),
    ]);
    const next = JSON.stringify([width, set.name, tradeOff.paid.label, currentTheme(), values]);
    if (next !== drawn) {
      drawn = next;
      points = ordered(content);
      paint(content);
    }
    mark(state);
  };
  onResize(frame.body, (next) => {
    width = next;
    draw(store.state);
  });
  return {
    figure: frame,
    draw(state, next) {
      content = next;
      draw(state);
    },
  };
}
