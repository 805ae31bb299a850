import { interpolateViridis } from 'd3';
import type { MeasuredPoint, SweepRecord } from '../../../record/sweep/sweepRecord.ts';
import { element, label } from './svg.ts';

/* What the points of a sweep are drawn with, and what says so: colours by alpha, symbols by how neurons were chosen. */

export const black = '#222222';
const grey = '#767676';
const frontColour = '#f0a030';

type Symbol = (x: number, y: number, colour: string) => string;

const symbols: Readonly<Record<MeasuredPoint['selection'], Symbol>> = {
  attribution: (cx, cy, fill) => element('circle', { cx, cy, r: 4, fill }),
  none: (cx, cy, stroke) => element('circle', { cx, cy, r: 4, fill: '#ffffff', stroke, 'stroke-width': 1.5 }),
  drift: (x, y, fill) => element('path', { d: `M${(x - 4).toFixed(1)},${(y + 3.5).toFixed(1)}h8l-4,-7z`, fill }),
  random: (x, y, stroke) => {
    const d = `M${(x - 3).toFixed(1)},${(y - 3).toFixed(1)}l6,6m0,-6l-6,6`;
    return element('path', { d, stroke, fill: 'none', 'stroke-width': 1.5 });
  },
};

const symbolNames: readonly (readonly [MeasuredPoint['selection'], string])[] = [
  ['attribution', 'neurons chosen by attribution'],
  ['none', 'fusion only'],
  ['drift', 'control: neurons that SFT changed most'],
  ['random', 'control: random neurons'],
];

export function symbol(selection: MeasuredPoint['selection'], x: number, y: number, colour: string): string {
  return symbols[selection](x, y, colour);
}

export type Place = readonly [x: number, y: number];

export function polyline(places: readonly Place[], attributes: Readonly<Record<string, string | number>>): string {
  const points = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return element('polyline', { points, fill: 'none', ...attributes });
}

const dashed = { 'stroke-dasharray': '4 3' };

/** A line through rho at one alpha. */
export function rhoLine(places: readonly Place[], stroke: string, anchored: boolean): string {
  return polyline(places, { stroke, ...(anchored ? dashed : {}) });
}

export function frontLine(places: readonly Place[]): string {
  const style = { 'stroke-width': 5, 'stroke-opacity': 0.5, 'stroke-linejoin': 'round' };
  return polyline(places, { stroke: frontColour, ...style });
}

/** The colour of each alpha of a sweep. */
export function alphaColours({ points }: Pick<SweepRecord, 'points'>): ReadonlyMap<number, string> {
  const alphas = [...new Set(points.map(({ alpha }) => alpha))].sort((a, b) => a - b);
  const share = (i: number) => (alphas.length < 2 ? 0.3 : (0.85 * i) / (alphas.length - 1));
  return new Map(alphas.map((alpha, i) => [alpha, interpolateViridis(share(i))]));
}

/** What the marks mean, a line each, from a place downwards. */
export function legend(record: SweepRecord, left: number, top: number): string[] {
  const line = (y: number): Place[] => [
    [left, y],
    [left + 14, y],
  ];
  const entries: (readonly [text: string, mark: (y: number) => string])[] = [];
  for (const [alpha, fill] of alphaColours(record)) {
    entries.push([`alpha ${alpha}`, (y) => element('rect', { x: left, y: y - 5, width: 14, height: 10, fill })]);
  }
  for (const [selection, text] of symbolNames) {
    if (!record.points.some((point) => point.selection === selection)) continue;
    entries.push([text, (y) => symbol(selection, left + 7, y, grey)]);
  }
  if (record.anchors.length > 0) {
    entries.push(['anchored to another checkpoint', (y) => rhoLine(line(y), grey, true)]);
  }
  entries.push(['Pareto front', (y) => frontLine(line(y))]);
  return entries.flatMap(([text, mark], i) => {
    const y = top + 20 * i;
    return [mark(y), label(left + 24, y + 4, text)];
  });
}
