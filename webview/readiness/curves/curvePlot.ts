import { area, axisBottom, axisLeft, line, scaleLinear, scaleLog, select } from 'd3';
import { lineLook } from '../../figures/pairColours.ts';
import { html, onResize, svg } from '../../page/dom.ts';
import { decimal } from '../../page/format.ts';
import type { Tooltip } from '../../page/tooltip.ts';
import { svgKey } from './svgKey.ts';

/* Shares by a count on a logarithmic scale, a line with its interval a checkpoint: Pass@k, and dead groups. */

const plotHeight = 250;
const margin = { top: 10, right: 14, bottom: 38, left: 46 } as const;

export interface CurvePoint {
  readonly at: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Curve {
  /** Position of the checkpoint. */
  readonly row: number;
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** What a tooltip says of a point beside its value. */
  readonly more?: (at: number) => string;
}

export interface PlotContent {
  readonly label: string;
  readonly axis: string;
  readonly curves: readonly Curve[];
  /** Counts that can be looked at, ascending. */
  readonly stops: readonly number[];
  readonly stopName: (at: number) => string;
  /** Bounds of conditions. */
  readonly marks: readonly { readonly at: number; readonly value: number }[];
}

/** `0.512 [0.430, 0.590]`. */
export function intervalText({ value, low, high }: Omit<CurvePoint, 'at'>): string {
  return `${decimal(value)} [${decimal(low)}, ${decimal(high)}]`;
}

export interface CurvePlot {
  readonly drawing: SVGSVGElement;
  draw(content: PlotContent): void;
}

/** @param body is filled with the drawing, and gives it its width */
export function curvePlot(body: HTMLElement, tooltip: Tooltip): CurvePlot {
  const drawing = svg('svg', { class: 'curves', role: 'group' });
  body.append(drawing);
  let width = 0;
  let content: PlotContent | undefined;
  const stopAt = (target: EventTarget | null) =>
    target instanceof Element ? (target.closest<SVGGElement>('g.stop') ?? undefined) : undefined;
  const rowsAt = (at: number): [string, string][] =>
    content!.curves.flatMap(({ name, points, more }) => {
      const point = points.find((each) => each.at === at);
      return point === undefined ? [] : [[name, `${intervalText(point)}${more?.(at) ?? ''}`] as [string, string]];
    });
  const show = (target: EventTarget | null) => {
    const stop = stopAt(target);
    if (stop === undefined) tooltip.hide();
    else {
      const at = Number(stop.dataset['at']);
      tooltip.show(stop.querySelector('.rule')!, content!.stopName(at), rowsAt(at));
    }
  };
  drawing.addEventListener('pointerover', ({ target }) => show(target));
  drawing.addEventListener('pointerleave', () => tooltip.hide());
  drawing.addEventListener('focusin', ({ target }) => show(target));
  drawing.addEventListener('focusout', () => tooltip.hide());
  drawing.addEventListener('keydown', (event) => {
    const stop = stopAt(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (stop === undefined || step === undefined) return;
    const stops = [...drawing.querySelectorAll<SVGGElement>('g.stop')];
    const next = stops[Math.min(Math.max(stops.indexOf(stop) + step, 0), stops.length - 1)]!;
    for (const each of stops) each.setAttribute('tabindex', each === next ? '0' : '-1');
    next.focus();
    event.preventDefault();
  });

  const redraw = () => {
    if (width === 0 || content === undefined) return;
    const { label, axis, curves, stops, stopName, marks } = content;
    const focused = stopAt(document.activeElement)?.dataset['at'];
    const [first, last] = [stops[0] ?? 1, stops.at(-1) ?? 1];
    const right = width - margin.right;
    const log = scaleLog([first, Math.max(last, first + 1)], [margin.left + 8, right - 8]).base(2);
    const x = (at: number) => (first === last ? (margin.left + right) / 2 : log(at));
    const y = scaleLinear([0, 1], [plotHeight - margin.bottom, margin.top]);
    const left = svg('g', { class: 'axis', transform: `translate(${margin.left},0)` });
    const bottom = svg('g', { class: 'axis', transform: `translate(0,${plotHeight - margin.bottom})` });
    select(left).call(axisLeft(y).ticks(5).tickSize(4));
    select(bottom).call(
      axisBottom(log)
        .tickValues(first === last ? [] : [...stops])
        .tickFormat((at) => String(at))
        .tickSize(4),
    );
    const lines = curves.flatMap(({ row, points }) => {
      const look = lineLook(row);
      const band = svg('path', {
        class: 'band',
        d:
          area<CurvePoint>(
            ({ at }) => x(at),
            ({ low }) => y(low),
            ({ high }) => y(high),
          )([...points]) ?? '',
      });
      band.style.fill = look.colour;
      const path = svg('path', {
        class: 'curve',
        d:
          line<CurvePoint>(
            ({ at }) => x(at),
            ({ value }) => y(value),
          )([...points]) ?? '',
        'stroke-dasharray': look.dash || undefined,
      });
      path.style.stroke = look.colour;
      // Where there is a stop the interval has ends that can be seen in every theme.
      const whiskers = points
        .filter(({ at }) => stops.includes(at))
        .map(({ at, value, low, high }) => {
          const whisker = svg('path', { class: 'whisker', d: `M${x(at)},${y(low)}V${y(high)}` });
          whisker.style.stroke = look.colour;
          const dot = svg('circle', { class: 'dot', cx: x(at), cy: y(value), r: 3 });
          dot.style.fill = look.colour;
          return svg('g', {}, whisker, dot);
        });
      return [band, path, ...whiskers];
    });
    const spacing = stops.length < 2 ? 40 : Math.abs(x(stops[1]!) - x(stops[0]!));
    const half = Math.min(Math.max(spacing / 2, 4), 24);
    const targets = stops.map((at, place) =>
      svg(
        'g',
        {
          class: 'stop',
          role: 'img',
          tabindex: (focused === undefined ? place === 0 : String(at) === focused) ? 0 : -1,
          'data-at': at,
          'aria-label': `${stopName(at)}: ${rowsAt(at)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ')}`,
        },
        svg('rect', {
          class: 'hit',
          x: x(at) - half,
          y: margin.top,
          width: 2 * half,
          height: plotHeight - margin.bottom - margin.top,
        }),
        svg('line', { class: 'rule', x1: x(at), x2: x(at), y1: margin.top, y2: plotHeight - margin.bottom }),
      ),
    );
    const key = svgKey(curves, { x: margin.left, y: plotHeight + 4, width: right - margin.left });
    drawing.setAttribute('aria-label', label);
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(plotHeight + key.height + 6));
    drawing.replaceChildren(
      left,
      bottom,
      ...(first === last
        ? [
            svg(
              'text',
              { class: 'axis', x: x(first), y: plotHeight - margin.bottom + 16, 'text-anchor': 'middle' },
              String(first),
            ),
          ]
        : []),
      svg('text', { class: 'axis', x: (margin.left + right) / 2, y: plotHeight - 4, 'text-anchor': 'middle' }, axis),
      ...marks
        .filter(({ at }) => stops.includes(at))
        .map(({ at, value }) => svg('path', { class: 'bound', d: `M${x(at) - half},${y(value)}H${x(at) + half}` })),
      ...lines,
      ...targets,
      ...key.elements,
    );
    if (focused !== undefined) drawing.querySelector<SVGGElement>(`g.stop[data-at="${focused}"]`)?.focus();
  };
  onResize(body, (next) => {
    width = next;
    redraw();
  });
  return {
    drawing,
    draw(next) {
      content = next;
      redraw();
    },
  };
}

/** What a figure says when there is nothing to draw in it. */
export function nothing(text: string): HTMLElement {
  return html('p', { class: 'empty' }, text);
}
