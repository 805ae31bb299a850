import { axisBottom, axisLeft, max, scaleLinear, select } from 'd3';
import type { DifferenceScalars } from '../../../src/record/comparison/comparisonRecord.ts';
import { svg } from '../../page/dom.ts';
import { score } from '../../page/format.ts';

/* Draws singular values beside the largest of noise. */

export const plotHeight = 200;
const margin = { top: 14, right: 12, bottom: 34, left: 52 } as const;

/** A change's singular values. */
export interface SpectrumLine {
  readonly spectrum: NonNullable<DifferenceScalars['spectrum']>;
  /** The largest singular value that noise of the same norm would have. */
  readonly edge: number;
  readonly look: { readonly colour: string; readonly dash: string };
}

/** Marks and line of one change. @param x pixels of a place, 1 first; @param y pixels of a value by the edge */
function lineOf({ spectrum, edge, look }: SpectrumLine, x: (place: number) => number, y: (value: number) => number) {
  const points = spectrum.singularValues.map((value, i) => `${x(i + 1).toFixed(1)},${y(value / edge).toFixed(1)}`);
  const line = svg('path', {
    class: 'histogram-line',
    d: `M${points.join('L')}`,
    'stroke-dasharray': look.dash || undefined,
  });
  line.style.stroke = look.colour;
  const dots = spectrum.singularValues.map((value, i) => {
    const dot = svg(
      'circle',
      { cx: x(i + 1).toFixed(1), cy: y(value / edge).toFixed(1), r: 3 },
      svg('title', {}, `singular value ${i + 1}: ${score(value)}, at most ${score(spectrum.errors[i]!)} more`),
    );
    dot.style.fill = look.colour;
    return dot;
  });
  return [line, ...dots];
}

/** Fills a drawing; there must be a line. @param width in pixels */
export function drawSpectra(drawing: SVGSVGElement, lines: readonly SpectrumLine[], width: number): void {
  const most = max(lines, ({ spectrum, edge }) => (spectrum.singularValues[0]! + spectrum.errors[0]!) / edge) ?? 1;
  const count = max(lines, ({ spectrum }) => spectrum.singularValues.length) ?? 1;
  const [left, right, bottom] = [margin.left, width - margin.right, plotHeight - margin.bottom];
  const x = scaleLinear([0.5, count + 0.5], [left, right]);
  const y = scaleLinear([0, Math.max(most, 1) * 1.05], [bottom, margin.top]);
  const across = svg('g', { class: 'axis', transform: `translate(0,${bottom})` });
  const up = svg('g', { class: 'axis', transform: `translate(${left},0)` });
  select(across).call(axisBottom(x).ticks(count, 'd').tickSize(4));
  select(up).call(axisLeft(y).ticks(4).tickSize(4));
  drawing.setAttribute('width', String(width));
  drawing.replaceChildren(
    across,
    up,
    svg(
      'text',
      { class: 'axis', x: (left + width) / 2, y: plotHeight - 4, 'text-anchor': 'middle' },
      'singular value, the largest first',
    ),
    svg('line', { class: 'noise-edge', x1: left, x2: right, y1: y(1), y2: y(1), 'stroke-dasharray': '4 3' }),
    svg('text', { class: 'axis', x: left + 6, y: y(1) + 14 }, 'largest of noise'),
    ...lines.flatMap((line) => lineOf(line, x, y)),
  );
}
