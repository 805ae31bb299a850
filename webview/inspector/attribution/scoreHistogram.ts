import type { ScaleLinear, ScaleSymLog } from 'd3';
import { axisBottom, axisLeft, max, scaleLinear, scaleSymlog, select } from 'd3';
import { isReset } from '../../../src/method/resetSet.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, svg } from '../../page/dom.ts';
import { count, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';

/* The figure of one module's scores: a histogram with the reset neurons marked. */

const title = 'Distribution of scores';

const margin = { top: 8, right: 12, bottom: 34, left: 46 } as const;
const height = 170;
const barCount = 48;

/** One module's neurons as the histogram draws them; a name has always the same scores. */
export interface ModuleScores {
  readonly mean: ArrayLike<number>;
  readonly bestRank: ArrayLike<number>;
  readonly budget: number;
}

interface Bar {
  readonly from: number;
  readonly to: number;
  all: number;
  reset: number;
}

/** Bars of equal width over the module's scores, without the reset marks. */
function barsOf(mean: ArrayLike<number>): { readonly bars: Bar[]; readonly barOf: Uint8Array } {
  let [low, high] = [mean[0] ?? 0, mean[0] ?? 0];
  for (let i = 1; i < mean.length; i++) {
    low = Math.min(low, mean[i]!);
    high = Math.max(high, mean[i]!);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const step = (high - low) / barCount;
  const bars = Array.from(
    { length: barCount },
    (_, i): Bar => ({ from: low + i * step, to: low + (i + 1) * step, all: 0, reset: 0 }),
  );
  const barOf = Uint8Array.from({ length: mean.length }, (_, i) =>
    Math.min(Math.floor((mean[i]! - low) / step), barCount - 1),
  );
  for (const bar of barOf) bars[bar]!.all++;
  return { bars, barOf };
}

/** Distribution of one module's mean scores, the reset neurons marked. Counts on a symmetric log scale. */
export function scoreHistogram(page: Page): {
  readonly figure: Figure;
  draw(scores: ModuleScores, name: string): void;
} {
  let width = 0;
  let bars: readonly Bar[] = [];
  let module: { readonly name: string; readonly barOf: Uint8Array } | undefined;
  let framed = '';
  const pattern = svg(
    'pattern',
    { id: 'reset-stripes', width: 4, height: 4, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { width: 4, height: 4, class: 'reset-fill' }),
    svg('line', { x1: 0, x2: 0, y1: 0, y2: 4, class: 'reset-stripe' }),
  );
  const axes = [svg('g', { class: 'axis' }), svg('g', { class: 'axis' })] as const;
  const shapes = svg('g', {});
  const xTitle = svg('text', { class: 'axis', 'text-anchor': 'middle' }, 'mean score over targets (logits)');
  const drawing = svg(
    'svg',
    { class: 'histogram', height, role: 'img', 'aria-label': title },
    svg('defs', {}, pattern),
    shapes,
    ...axes,
    xTitle,
  );
  const frame = figure(page, {
    name: 'score-histogram',
    title,
    caption: 'Neurons by mean score, counts on a log scale; striped: in the reset set.',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['module', 'from', 'to', 'neurons', 'reset'],
        bars.map(({ from, to, all, reset }) => [module?.name, from, to, all, reset]),
      ),
  });
  frame.body.append(drawing);
  const drawAxes = (x: ScaleLinear<number, number>, y: ScaleSymLog<number, number>) => {
    const most = y.domain()[1]!;
    const powers = [0, 1, 10, 100, 1000, 10000, 100000].filter((tick) => tick <= most);
    select(axes[0])
      .attr('transform', `translate(0,${height - margin.bottom})`)
      .call(axisBottom(x).ticks(6).tickSize(4));
    select(axes[1])
      .attr('transform', `translate(${margin.left},0)`)
      .call(
        axisLeft(y)
          .tickValues(powers)
          .tickFormat((tick) => count(Number(tick)))
          .tickSize(4),
      );
    xTitle.setAttribute('x', String((margin.left + width - margin.right) / 2));
    xTitle.setAttribute('y', String(height - 3));
  };
  const paint = () => {
    const first = bars[0];
    const last = bars.at(-1);
    if (first === undefined || last === undefined || width === 0) return;
    const x = scaleLinear()
      .domain([first.from, last.to])
      .range([margin.left, width - margin.right]);
    const y = scaleSymlog()
      .domain([0, max(bars, ({ all }) => all) ?? 1])
      .range([height - margin.bottom, margin.top]);
    drawing.setAttribute('width', String(width));
    if (framed !== `${module?.name} ${width}`) {
      framed = `${module?.name} ${width}`;
      drawAxes(x, y);
    }
    const column = ({ from, to }: Bar, value: number, look: string, label: string) =>
      svg(
        'rect',
        {
          class: look,
          x: x(from) + 0.5,
          width: Math.max(x(to) - x(from) - 1, 1),
          y: y(value),
          height: Math.max(y(0) - y(value), 0),
        },
        svg('title', {}, label),
      );
    shapes.replaceChildren(
      ...bars.flatMap((bar) => {
        const label = `${score(bar.from)} to ${score(bar.to)}: ${count(bar.all)} neurons, ${count(bar.reset)} reset`;
        return [column(bar, bar.all, 'all', label), column(bar, bar.reset, 'reset', label)];
      }),
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    paint();
  });
  return {
    figure: frame,
    draw(scores, name) {
      if (module?.name !== name) {
        const { bars: own, barOf } = barsOf(scores.mean);
        bars = own;
        module = { name, barOf };
      }
      for (const bar of bars) bar.reset = 0;
      module.barOf.forEach((bar, neuron) => {
        if (isReset(scores.bestRank[neuron]!, scores.budget)) bars[bar]!.reset++;
      });
      drawing.setAttribute('aria-label', `Mean scores of the neurons of ${name}`);
      paint();
    },
  };
}
