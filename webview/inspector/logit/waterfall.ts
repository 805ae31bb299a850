import { axisLeft, max, min, scaleLinear, select } from 'd3';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, set, svg } from '../../page/dom.ts';
import { decimal, signed } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { Term } from './terms.ts';

/* The waterfall: a logit as the sum of what embedding, attention and feed-forward blocks add to it, layer by layer. */

const title = 'What the logit is the sum of';

const margin = { top: 10, right: 8, bottom: 38, left: 44 } as const;
const height = 300;

/** What the waterfall is of. */
export interface Waterfall {
  readonly terms: readonly Term[];
  /** The sum of the terms, or the true logit: they are equal to rounding. */
  readonly logit: number;
  /** Of what, for the caption and for screen readers. */
  readonly name: string;
}

export function waterfall(page: Page): { readonly figure: Figure; draw(shown: Waterfall): void } {
  const { tooltip } = page;
  let width = 0;
  let shown: Waterfall | undefined;
  const axis = svg('g', { class: 'axis' });
  const zero = svg('line', { class: 'zero' });
  const bars = svg('g', {});
  const labels = svg('g', { class: 'axis' });
  const drawing = svg(
    'svg',
    { class: 'waterfall', height, role: 'img', 'aria-label': title },
    zero,
    bars,
    axis,
    labels,
  );
  const frame = figure(page, {
    name: 'waterfall',
    title,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['term', 'layer', 'value', 'sum_before'],
        (shown?.terms ?? []).map(({ kind, layer, value, from }) => [kind, layer, value, from]),
      ),
  });
  frame.body.append(drawing);
  drawing.addEventListener('pointerleave', () => tooltip.hide());
  const paint = () => {
    if (shown === undefined || width === 0) return;
    const { terms, logit } = shown;
    drawing.setAttribute('width', String(width));
    const ends = terms.flatMap(({ from, value }) => [from, from + value]);
    const y = scaleLinear()
      .domain([Math.min(min(ends) ?? 0, logit, 0), Math.max(max(ends) ?? 0, logit, 0)])
      .nice(5)
      .range([height - margin.bottom, margin.top]);
    const step = (width - margin.left - margin.right) / (terms.length + 1);
    const x = (place: number) => margin.left + place * step;
    select(axis).attr('transform', `translate(${margin.left},0)`).call(axisLeft(y).ticks(6).tickSize(4));
    set(zero, { x1: margin.left, x2: width - margin.right, y1: y(0), y2: y(0) });
    const gap = Math.min(step * 0.15, 2);
    const bar = (place: number, look: string, from: number, to: number) =>
      svg('rect', {
        class: look,
        x: x(place) + gap,
        width: Math.max(step - 2 * gap, 1),
        y: y(Math.max(from, to)),
        height: Math.max(Math.abs(y(from) - y(to)), 1),
      });
    bars.replaceChildren(
      ...terms.map((term, place) => {
        const { kind, name, value, from } = term;
        const rect = bar(place, `${kind}${value < 0 ? ' less' : ''}`, from, from + value);
        // The whole column answers, since many bars are too flat to be met.
        const hit = svg('rect', {
          class: 'hit',
          x: x(place),
          width: step,
          y: margin.top,
          height: height - margin.bottom,
        });
        const joint = svg('line', {
          class: 'joint',
          x1: x(place),
          x2: x(place + 1),
          y1: y(from + value),
          y2: y(from + value),
        });
        hit.addEventListener('pointerenter', () =>
          tooltip.show(rect, name, [
            ['adds', `${signed(value)} logits`],
            ['sum so far', decimal(from + value)],
          ]),
        );
        return svg('g', {}, hit, joint, rect);
      }),
      bar(terms.length, 'sum', 0, logit),
    );
    const layers = terms.filter(({ kind }) => kind === 'attention').length;
    const every = Math.max(1, Math.ceil(26 / (2 * step)));
    const text = (place: number, content: string, anchor = 'middle') =>
      svg('text', { x: place, y: height - margin.bottom + 15, 'text-anchor': anchor }, content);
    labels.replaceChildren(
      ...Array.from({ length: layers }, (_, layer) => layer)
        .filter((layer) => layer % every === 0)
        .map((layer) => text(x(2 + 2 * layer), String(layer))),
      svg(
        'text',
        { x: (margin.left + width - margin.right) / 2, y: height - 4, 'text-anchor': 'middle' },
        terms.at(-1)?.kind === 'bias'
          ? 'embedding, then layer by layer, the head’s bias, and the logit; in logits'
          : 'embedding, then layer by layer, and the logit; in logits',
      ),
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    paint();
  });
  return {
    figure: frame,
    draw(next) {
      if (next === shown) return;
      shown = next;
      const by = (kind: Term['kind']) =>
        next.terms.filter((term) => term.kind === kind).reduce((sum, { value }) => sum + value, 0);
      drawing.setAttribute(
        'aria-label',
        `${next.name}, ${decimal(next.logit)}: embedding ${signed(by('embedding'))}, attention ${signed(by('attention'))}, ` +
          `feed-forward ${signed(by('feed-forward'))}, bias ${signed(by('bias'))}`,
      );
      paint();
    },
  };
}
