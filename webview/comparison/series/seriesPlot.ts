import { axisLeft, line, max, min, scaleLinear, scalePoint, select } from 'd3';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { html, onResize, svg } from '../../page/dom.ts';
import { count, decimal, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import type { SeriesPoint } from './series.ts';

/* The figure of a series: entropy, NLL, drift and spikiness from checkpoint to checkpoint. */

interface Panel {
  readonly key: 'entropy' | 'nll' | 'drift' | 'spikiness';
  readonly title: string;
  readonly text: (value: number) => string;
}

const panels: readonly Panel[] = [
  { key: 'entropy', title: 'entropy (nats)', text: (value) => decimal(value, 4) },
  { key: 'nll', title: 'response NLL (nats)', text: (value) => decimal(value, 4) },
  { key: 'drift', title: 'drift ‖Δ‖ / ‖W‖', text: score },
  { key: 'spikiness', title: 'max |Δ| / RMS', text: score },
];
const margin = { top: 22, right: 18, bottom: 12, left: 64 } as const;
const panelHeight = 118;
const axisHeight = 58;

/** Entropy, NLL, drift and spikiness over the series, one under the other, so that a collapse and a take-off line up. */
export function seriesPlot(
  page: Page,
  points: readonly SeriesPoint[],
): { readonly figure: Figure; draw(state: State): void } {
  const { store, tooltip } = page;
  const shown = panels.filter(({ key }) => points.some((point) => point[key] !== undefined));
  const height = shown.length * panelHeight + axisHeight;
  let width = 0;
  const drawing = svg('svg', { class: 'series-plot', height, role: 'group' });
  const frame = figure(page, {
    name: 'series',
    title: 'Over the series',
    caption:
      'Where entropy collapses and drift takes off. Point at a checkpoint to read it; click or press Enter to choose it.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'step', 'nll_nats', 'entropy_nats', 'top1_probability', 'drift', 'spikiness'],
        points.map(({ name, step, nll, entropy, top1, drift, spikiness }) => [
          name,
          step,
          nll,
          entropy,
          top1,
          drift,
          spikiness,
        ]),
      ),
  });
  frame.body.append(drawing);

  // By step where the checkpoints have one (a reference without one is where training began), else evenly.
  const stepped = points.length > 2 && points.slice(1).every(({ step }) => step !== undefined);
  const stepOf = (point: SeriesPoint) => point.step ?? 0;
  const column = (point: SeriesPoint): number => {
    const range = [margin.left + 12, width - margin.right - 12];
    if (!stepped)
      return (
        scalePoint(
          points.map((_, i) => i),
          range,
        )(point.checkpoint) ?? 0
      );
    return scaleLinear([min(points, stepOf) ?? 0, max(points, stepOf) ?? 1], range)(stepOf(point));
  };
  const rowsOf = (point: SeriesPoint): (readonly [string, string])[] => [
    ...(point.step === undefined ? [] : ([['step', count(point.step)]] as const)),
    ...shown.map(({ key, title, text }) => {
      const value = point[key];
      return [title, value === undefined ? '–' : text(value)] as const;
    }),
  ];
  const pointAt = (target: EventTarget | null) => {
    const hit = target instanceof Element ? target.closest<SVGGElement>('g.stop') : null;
    return hit === null ? undefined : { hit, point: points[Number(hit.dataset['checkpoint'])]! };
  };
  const show = (target: EventTarget | null) => {
    const found = pointAt(target);
    if (found === undefined) tooltip.hide();
    else tooltip.show(found.hit, html('bdi', {}, found.point.name), rowsOf(found.point));
  };
  const choose = (target: EventTarget | null) => {
    const found = pointAt(target);
    if (found === undefined) return;
    const { checkpoint } = found.point;
    store.set({ checkpoint: store.state.checkpoint === checkpoint ? undefined : checkpoint });
  };
  drawing.addEventListener('pointerover', ({ target }) => show(target));
  drawing.addEventListener('pointerleave', () => tooltip.hide());
  drawing.addEventListener('focusin', ({ target }) => show(target));
  drawing.addEventListener('focusout', () => tooltip.hide());
  drawing.addEventListener('click', ({ target }) => choose(target));
  drawing.addEventListener('keydown', (event) => {
    const found = pointAt(event.target);
    if (found === undefined) return;
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };
    const step = steps[event.key];
    if (step !== undefined) {
      const next = Math.min(Math.max(found.point.checkpoint + step, 0), points.length - 1);
      drawing.querySelector<SVGGElement>(`g.stop[data-checkpoint="${next}"]`)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') choose(event.target);
    else return;
    event.preventDefault();
  });

  const redraw = (chosen: number | undefined) => {
    const focused = pointAt(document.activeElement)?.point.checkpoint;
    const parts = shown.map(({ key, title }, place) => {
      const top = place * panelHeight;
      const known = points.filter((point) => point[key] !== undefined);
      const y = scaleLinear()
        .domain([Math.min(0, min(known, (point) => point[key]) ?? 0), (max(known, (point) => point[key]) ?? 1) || 1])
        .range([top + panelHeight - margin.bottom, top + margin.top])
        .nice(4);
      const axis = svg('g', { class: 'axis', transform: `translate(${margin.left},0)` });
      select(axis).call(axisLeft(y).ticks(4).tickSize(4));
      const path = line<SeriesPoint>(column, (point) => y(point[key]!))(known) ?? '';
      return svg(
        'g',
        { class: `series ${key}` },
        svg('text', { class: 'panel-title', x: margin.left, y: top + 13 }, title),
        axis,
        svg('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: y(0), y2: y(0) }),
        svg('path', { class: 'line', d: path }),
        ...known.map((point) =>
          svg('circle', {
            class: point.checkpoint === chosen ? 'dot chosen' : 'dot',
            cx: column(point),
            cy: y(point[key]!),
            r: point.checkpoint === chosen ? 5 : 3.5,
          }),
        ),
      );
    });
    const bottom = shown.length * panelHeight;
    const stops = points.map((point) => {
      const x = column(point);
      return svg(
        'g',
        {
          class: point.checkpoint === chosen ? 'stop chosen' : 'stop',
          tabindex: point.checkpoint === (focused ?? chosen ?? 0) ? 0 : -1,
          role: 'button',
          'aria-pressed': String(point.checkpoint === chosen),
          'aria-label': `${point.name}: ${rowsOf(point)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ')}`,
          'data-checkpoint': point.checkpoint,
        },
        svg('rect', { class: 'hit', x: x - 12, y: 0, width: 24, height: bottom }),
        svg('line', { class: 'rule', x1: x, x2: x, y1: margin.top, y2: bottom }),
        svg(
          'text',
          {
            class: 'axis',
            transform: `translate(${x},${bottom + 12}) rotate(${points.length > 6 ? 40 : 0})`,
            'text-anchor': points.length > 6 ? 'start' : 'middle',
          },
          stepped && point.step !== undefined ? count(point.step) : shortened(point.name, width / points.length),
        ),
      );
    });
    drawing.setAttribute('width', String(width));
    drawing.replaceChildren(...parts, ...stops);
    if (focused !== undefined) {
      drawing.querySelector<SVGGElement>(`g.stop[data-checkpoint="${focused}"]`)?.focus();
    }
  };
  onResize(frame.body, (next) => {
    width = next;
    redraw(store.state.checkpoint);
  });
  return {
    figure: frame,
    draw: ({ checkpoint }) => {
      if (width > 0) redraw(checkpoint);
    },
  };
}

function shortened(text: string, room: number): string {
  const limit = Math.max(Math.floor(room / 7), 6);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
