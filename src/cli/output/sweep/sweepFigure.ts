import { extent, interpolateViridis, type ScaleLinear, scaleLinear } from 'd3';
import type { MeasuredPoint, SweepRecord } from '../../../record/sweep/sweepRecord.ts';
import { paid, regained, sweepFront } from '../../../record/sweep/tradeOff.ts';
import { element, escaped, label } from './svg.ts';
import { isDefault, pointName } from './sweepText.ts';

/* A sweep as a figure: what is regained against what is paid, the Pareto front, and the default. */

const width = 920;
const height = 540;
const plot = { left: 64, right: 600, top: 24, bottom: 480 };

const black = '#222222';
const grey = '#767676';
const frontColour = '#f0a030';

/** A symbol around a place: how a point's neurons were chosen. */
const symbols: Readonly<Record<MeasuredPoint['selection'], (x: number, y: number, colour: string) => string>> = {
  attribution: (cx, cy, fill) => element('circle', { cx, cy, r: 4, fill }),
  none: (cx, cy, stroke) => element('circle', { cx, cy, r: 4, fill: '#ffffff', stroke, 'stroke-width': 1.5 }),
  drift: (x, y, fill) => element('path', { d: `M${(x - 4).toFixed(1)},${(y + 3.5).toFixed(1)}h8l-4,-7z`, fill }),
  random: (x, y, stroke) =>
    element('path', {
      d: `M${(x - 3).toFixed(1)},${(y - 3).toFixed(1)}l6,6m0,-6l-6,6`,
      ...{ stroke, fill: 'none', 'stroke-width': 1.5 },
    }),
};

const symbolNames = {
  attribution: 'neurons chosen by attribution',
  none: 'fusion only',
  drift: 'control: neurons that SFT changed most',
  random: 'control: random neurons',
} as const;

type Place = (point: Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut'>) => readonly [x: number, y: number];

/** Axes with a grid. */
function axes(x: ScaleLinear<number, number>, y: ScaleLinear<number, number>, cost: string): string[] {
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    element('line', { x1, y1, x2, y2, stroke: '#e4e4e4' });
  const middle = (plot.top + plot.bottom) / 2;
  return [
    ...x.ticks(7).flatMap((value) => {
      const at = x(value);
      return [
        line(at, plot.top, at, plot.bottom),
        label(at, plot.bottom + 18, x.tickFormat(7)(value), { 'text-anchor': 'middle' }),
      ];
    }),
    ...y.ticks(7).flatMap((value) => {
      const at = y(value);
      return [
        line(plot.left, at, plot.right, at),
        label(plot.left - 8, at + 4, y.tickFormat(7)(value), { 'text-anchor': 'end' }),
      ];
    }),
    label((plot.left + plot.right) / 2, plot.bottom + 42, `paid: ${cost}`, { 'text-anchor': 'middle' }),
    label(18, middle, `regained: ${regained.label}`, {
      'text-anchor': 'middle',
      transform: `rotate(-90 18 ${middle})`,
    }),
  ];
}

const polyline = (
  places: readonly (readonly [number, number])[],
  attributes: Readonly<Record<string, string | number>>,
) =>
  element('polyline', {
    points: places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    fill: 'none',
    ...attributes,
  });

/** For each anchor and alpha a line through rho: from fusion alone on. */
function rhoLines(record: SweepRecord, place: Place, colour: (alpha: number) => string): string[] {
  const lines = new Map<string, MeasuredPoint[]>();
  for (const point of record.points) {
    if (point.selection !== 'attribution' && point.selection !== 'none') continue;
    const key = `${point.anchor} ${point.alpha}`;
    lines.set(key, [...(lines.get(key) ?? []), point]);
  }
  return [...lines.values()].map((points) => {
    const [{ alpha, anchor }] = points as [MeasuredPoint];
    const ordered = points.sort((a, b) => a.rho - b.rho).map(place);
    return polyline(ordered, { stroke: colour(alpha), ...(anchor === null ? {} : { 'stroke-dasharray': '4 3' }) });
  });
}

function legend(record: SweepRecord, alphas: readonly number[], colour: (alpha: number) => string): string[] {
  const left = plot.right + 24;
  const shown: (readonly [(y: number) => string, string])[] = [
    ...alphas.map(
      (alpha) =>
        [
          (y: number) => element('rect', { x: left, y: y - 5, width: 14, height: 10, fill: colour(alpha) }),
          `alpha ${alpha}`,
        ] as const,
    ),
    ...(['attribution', 'none', 'drift', 'random'] as const)
      .filter((selection) => record.points.some((point) => point.selection === selection))
      .map((selection) => [(y: number) => symbols[selection](left + 7, y, grey), symbolNames[selection]] as const),
    ...(record.anchors.length === 0
      ? []
      : [
          [
            (y: number) =>
              polyline(
                [
                  [left, y],
                  [left + 14, y],
                ],
                { stroke: grey, 'stroke-dasharray': '4 3' },
              ),
            'anchored to another checkpoint',
          ] as const,
        ]),
    [
      (y) =>
        polyline(
          [
            [left, y],
            [left + 14, y],
          ],
          { stroke: frontColour, 'stroke-width': 3 },
        ),
      'Pareto front',
    ],
  ];
  return shown.flatMap(([symbol, text], i) => {
    const y = plot.top + 12 + 20 * i;
    return [symbol(y), label(left + 24, y + 4, text)];
  });
}

/** A whole SVG document. What records hold of text is in it as text alone. */
export function sweepFigure(record: SweepRecord): string {
  const { points, references, anchors, run } = record;
  const cost = paid(record);
  const values = [...references, ...points].map((point) => [cost.of(point) ?? 0, regained.of(point) ?? 0] as const);
  const domain = (axis: 0 | 1) => extent(values.map((value) => value[axis])) as [number, number];
  const x = scaleLinear(domain(0), [plot.left + 12, plot.right - 12]).nice(7);
  const y = scaleLinear(domain(1), [plot.bottom - 12, plot.top + 12]).nice(7);
  const place: Place = (point) => [x(cost.of(point) ?? 0), y(regained.of(point) ?? 0)];
  const alphas = [...new Set(points.map(({ alpha }) => alpha))].sort((a, b) => a - b);
  const colour = (alpha: number) =>
    interpolateViridis(alphas.length < 2 ? 0.3 : (0.85 * alphas.indexOf(alpha)) / (alphas.length - 1));
  const front = [...sweepFront(record)].map((index) => points[index]!);
  const names = ['all', 'targets', 'heldOut'] as const;
  const symbol = (point: MeasuredPoint) => {
    const [at, up] = place(point);
    const figures = names.flatMap((rows) =>
      point[rows] === undefined
        ? []
        : [
            `${rows === 'heldOut' ? 'held out' : rows}: entropy ${point[rows].entropy.toFixed(4)}, NLL ${point[rows].negativeLogLikelihood.toFixed(4)}`,
          ],
    );
    const title = [`alpha ${point.alpha}, rho ${point.rho}, ${pointName(point, anchors)}`, ...figures].join('\n');
    return element(
      'g',
      {},
      element('title', {}, escaped(title)) + symbols[point.selection](at, up, colour(point.alpha)),
    );
  };
  const standard = points.find((point) => isDefault(point, run));
  const content = [
    element('rect', { width, height, fill: '#ffffff' }),
    ...axes(x, y, cost.label),
    polyline(front.map(place), {
      stroke: frontColour,
      'stroke-width': 5,
      'stroke-opacity': 0.5,
      'stroke-linejoin': 'round',
    }),
    ...rhoLines(record, place, colour),
    ...points.map(symbol),
    ...references.flatMap((reference) => {
      const [at, up] = place(reference);
      const right = at > plot.right - 60;
      return [
        element('rect', { x: at - 4, y: up - 4, width: 8, height: 8, fill: black }),
        label(at + (right ? -8 : 8), up + 4, reference.name, right ? { 'text-anchor': 'end' } : {}),
      ];
    }),
    ...(standard === undefined
      ? []
      : [
          element('circle', {
            cx: place(standard)[0],
            cy: place(standard)[1],
            r: 9,
            fill: 'none',
            stroke: black,
            'stroke-width': 1.5,
          }),
          label(place(standard)[0] + 13, place(standard)[1] + 14, `default: alpha ${run.alpha}, rho ${run.rho}`, {
            ...{ stroke: '#ffffff', 'stroke-width': 3, 'paint-order': 'stroke', 'stroke-linejoin': 'round' },
          }),
        ]),
    ...legend(record, alphas, colour),
  ];
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height };
  const style = { 'font-family': 'system-ui, sans-serif', 'font-size': '12px', fill: black };
  return `${element('svg', attributes, element('g', style, `\n${content.join('\n')}\n`))}\n`;
}
