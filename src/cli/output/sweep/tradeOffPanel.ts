import { extent, type ScaleLinear, scaleLinear } from 'd3';
import { pointName } from '../../../record/sweep/pointName.ts';
import type { MeasuredPoint, SweepRecord } from '../../../record/sweep/sweepRecord.ts';
import { type Measures, sweepFront, type TradeOff } from '../../../record/sweep/tradeOff.ts';
import { element, escaped, label } from './svg.ts';
import { alphaColours, black, frontLine, type Place, rhoLine, symbol } from './sweepMarks.ts';
import { isDefault } from './sweepText.ts';

/* One plot of a sweep: what is regained against what is paid, with the Pareto front and the default. */

/** Of a panel, axes included. */
export const panelSize = { width: 610, height: 540 };
const plot = { left: 64, right: 600, top: 24, bottom: 480 };

type Scale = ScaleLinear<number, number>;

/** Both axes, with a grid. */
function axes(x: Scale, y: Scale, { regained, paid }: TradeOff): string[] {
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    element('line', { x1, y1, x2, y2, stroke: '#e4e4e4' });
  const across = x.ticks(7).flatMap((value) => {
    const text = x.tickFormat(7)(value);
    return [
      line(x(value), plot.top, x(value), plot.bottom),
      label(x(value), plot.bottom + 18, text, { 'text-anchor': 'middle' }),
    ];
  });
  const up = y.ticks(7).flatMap((value) => {
    const text = y.tickFormat(7)(value);
    return [
      line(plot.left, y(value), plot.right, y(value)),
      label(plot.left - 8, y(value) + 4, text, { 'text-anchor': 'end' }),
    ];
  });
  const middle = (plot.top + plot.bottom) / 2;
  const turned = { 'text-anchor': 'middle', transform: `rotate(-90 18 ${middle})` };
  return [
    ...across,
    ...up,
    label((plot.left + plot.right) / 2, plot.bottom + 42, `paid: ${paid.label}`, { 'text-anchor': 'middle' }),
    label(18, middle, `regained: ${regained.label}`, turned),
  ];
}

/** For each anchor and alpha a line through rho, from fusion alone on. */
function rhoLines({ points }: SweepRecord, place: (point: Measures) => Place, colours: ReadonlyMap<number, string>) {
  const lines = new Map<string, MeasuredPoint[]>();
  for (const point of points) {
    if (point.selection !== 'attribution' && point.selection !== 'none') continue;
    const key = `${point.anchor} ${point.alpha}`;
    lines.set(key, [...(lines.get(key) ?? []), point]);
  }
  return [...lines.values()].map((own) => {
    const ordered = [...own].sort((a, b) => a.rho - b.rho);
    return rhoLine(ordered.map(place), colours.get(own[0]!.alpha)!, own[0]!.anchor !== null);
  });
}

/** What is shown of a point that is pointed at. */
function titleOf(point: MeasuredPoint, record: SweepRecord, { regained, paid }: TradeOff): string {
  const value = ({ label: name, of }: TradeOff['paid']) => `${name}: ${of(point)?.toFixed(4)}`;
  const place = `alpha ${point.alpha}, rho ${point.rho}, ${pointName(point, record)}`;
  return element('title', {}, escaped([place, value(regained), value(paid)].join('\n')));
}

function referenceMark(name: string, [x, y]: Place): string[] {
  const right = x > plot.right - 60;
  return [
    element('rect', { x: x - 4, y: y - 4, width: 8, height: 8, fill: black }),
    label(x + (right ? -8 : 8), y + 4, name, right ? { 'text-anchor': 'end' } : {}),
  ];
}

function defaultMark({ alpha, rho }: SweepRecord['run'], [cx, cy]: Place): string[] {
  const halo = { stroke: '#ffffff', 'stroke-width': 3, 'paint-order': 'stroke', 'stroke-linejoin': 'round' };
  return [
    element('circle', { cx, cy, r: 9, fill: 'none', stroke: black, 'stroke-width': 1.5 }),
    label(cx + 13, cy + 14, `default: alpha ${alpha}, rho ${rho}`, halo),
  ];
}

/** The panel's elements. Every point must have both measures; references that lack one are left out. */
export function tradeOffPanel(record: SweepRecord, tradeOff: TradeOff): string[] {
  const { points, run } = record;
  const values = (each: Measures) => [tradeOff.paid.of(each), tradeOff.regained.of(each)] as const;
  const references = record.references.filter((each) => values(each).every((value) => value !== undefined));
  const all = [...references, ...points].map(values);
  const domain = (axis: 0 | 1) => extent(all, (value) => value[axis]) as [number, number];
  const x = scaleLinear(domain(0), [plot.left + 12, plot.right - 12]).nice(7);
  const y = scaleLinear(domain(1), [plot.bottom - 12, plot.top + 12]).nice(7);
  const place = (each: Measures): Place => {
    const [paid = 0, regained = 0] = values(each);
    return [x(paid), y(regained)];
  };
  const colours = alphaColours(record);
  const standard = points.find((point) => isDefault(point, run));
  return [
    ...axes(x, y, tradeOff),
    frontLine([...sweepFront(record, tradeOff)].map((index) => place(points[index]!))),
    ...rhoLines(record, place, colours),
    ...points.map((point) => {
      const mark = symbol(point.selection, ...place(point), colours.get(point.alpha)!);
      return element('g', {}, titleOf(point, record, tradeOff) + mark);
    }),
    ...references.flatMap((reference) => referenceMark(reference.name, place(reference))),
    ...(standard === undefined ? [] : defaultMark(run, place(standard))),
  ];
}
