import { axisBottom, axisLeft, max, scaleLinear, scaleLog, select } from 'd3';
import { csv } from '../../figures/csv.ts';
import { figure } from '../../figures/figure.ts';
import { lineLook } from '../../figures/pairColours.ts';
import { dropdown, onResize, svg } from '../../page/dom.ts';
import { decimal } from '../../page/format.ts';
import type { Page, Part } from '../state/page.ts';
import type { EntropyBasis, State } from '../state/state.ts';
import { nothing } from './curvePlot.ts';
import { svgKey } from './svgKey.ts';

/* The figure of entropy: which share of the tokens has which entropy, a line a checkpoint. */

const title = 'Entropy of tokens';

const plotHeight = 250;
const margin = { top: 10, right: 14, bottom: 38, left: 46 } as const;

const names: Readonly<Record<EntropyBasis, string>> = {
  sampled: 'sampled tokens',
  heldOut: 'held-out lines, teacher-forced',
  training: 'training lines, teacher-forced',
};

interface Shown {
  readonly row: number;
  readonly name: string;
  readonly mean: number;
  readonly counts: readonly number[];
  /** `[bins]` */
  readonly shares: readonly number[];
}

export function entropyHistogram(page: Page): Part {
  const { model, store } = page;
  const { entropyEdges: edges } = model.summary.record;
  const drawing = svg('svg', { class: 'histogram', role: 'img', 'aria-label': title });
  const shownOf = (state: State): Shown[] =>
    model.shown(state).flatMap((row) => {
      const histogram = model.histogram(row, { basis: state.entropy, temperature: state.temperature });
      if (histogram === undefined) return [];
      const { counts, mean } = histogram;
      const total = counts.reduce((sum, each) => sum + each, 0) || 1;
      return [{ row, name: model.rows[row]!.name, mean, counts, shares: counts.map((each) => each / total) }];
    });
  const frame = figure(page, {
    name: 'entropy-histogram',
    title,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'tokens_of', 'entropy_from_nats', 'entropy_to_nats', 'tokens', 'share'],
        shownOf(store.state).flatMap(({ name, counts, shares }) =>
          counts.map((tokens, bin) => [
            ...[name, names[store.state.entropy], edges[bin], edges[bin + 1]],
            ...[tokens, shares[bin]],
          ]),
        ),
      ),
  });
  const { bases } = model.bounds;
  const choice = dropdown(
    'Tokens of',
    bases.map((basis) => [basis, names[basis]] as const),
    (entropy) => store.set({ entropy }),
  );
  if (bases.length > 1) frame.controls.append(choice.element);
  const none = nothing('The source of the answers did not tell the entropy of its tokens.');
  frame.body.append(drawing, none);
  let width = 0;
  const redraw = (state: State) => {
    if (width === 0) return;
    const shown = shownOf(state);
    none.hidden = shown.length > 0;
    drawing.toggleAttribute('hidden', shown.length === 0);
    const right = width - margin.right;
    const x = scaleLog([edges[0]!, edges.at(-1)!], [margin.left, right]);
    const top = max(shown, ({ shares }) => max(shares)) || 1;
    const y = scaleLinear([0, top], [plotHeight - margin.bottom, margin.top]).nice(4);
    const bottom = svg('g', { class: 'axis', transform: `translate(0,${plotHeight - margin.bottom})` });
    const left = svg('g', { class: 'axis', transform: `translate(${margin.left},0)` });
    select(bottom).call(
      axisBottom(x)
        .ticks(Math.max(width / 90, 2), '.0e')
        .tickSize(4),
    );
    select(left).call(axisLeft(y).ticks(4, '%').tickSize(4));
    const key = svgKey(
      shown.map(({ row, name, mean }) => ({ row, name, note: `mean ${decimal(mean)}` })),
      { x: margin.left, y: plotHeight + 4, width: right - margin.left },
    );
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(plotHeight + key.height + 6));
    drawing.setAttribute(
      'aria-label',
      `Histograms of the entropy of ${names[state.entropy]}: ${shown.map(({ name, mean }) => `${name} mean ${decimal(mean)} nats`).join(', ')}`,
    );
    drawing.replaceChildren(
      bottom,
      left,
      svg(
        'text',
        { class: 'axis', x: (margin.left + right) / 2, y: plotHeight - 4, 'text-anchor': 'middle' },
        'entropy (nats, log scale; the ends hold what lies outside)',
      ),
      ...shown.map(({ row, shares }) => {
        const look = lineLook(row);
        const steps = shares.map((share, bin) => {
          const at = y(share).toFixed(1);
          return `${x(edges[bin]!).toFixed(1)},${at}L${x(edges[bin + 1]!).toFixed(1)},${at}`;
        });
        const line = svg('path', {
          class: 'curve',
          d: `M${steps.join('L')}`,
          'stroke-dasharray': look.dash || undefined,
        });
        line.style.stroke = look.colour;
        return line;
      }),
      ...key.elements,
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    redraw(store.state);
  });
  return {
    element: frame.element,
    draw(state) {
      choice.set(state.entropy);
      frame.caption.textContent =
        state.entropy === 'sampled'
          ? `Share of the sampled tokens by the entropy of the whole distribution at temperature 1; sampled at ${model.temperatureName(state.temperature)}. Far left are tokens that could hardly have been others.`
          : `Share of the response tokens of the ${names[state.entropy]}, by their entropy at temperature 1. Far left are tokens that the checkpoint is sure of.`;
      redraw(state);
    },
  };
}
