import { extent, scaleLinear } from 'd3';
import type { Means, Measurement } from '../../../src/record/run/runRecord.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { onResize, svg } from '../../page/dom.ts';
import { decimal, rhoText, significant } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { atPlace, thisPlace } from './measureRow.ts';

/* The figure of the means: entropy, top-1 probability and NLL of every measured checkpoint. */

const title = 'Before and after';

const rowHeight = 24;
const head = 40;

interface Metric {
  readonly title: string;
  readonly unit: string;
  readonly key: Exclude<keyof Means, 'rows'>;
}

const metrics: readonly Metric[] = [
  { title: 'Entropy', unit: 'nats', key: 'entropy' },
  { title: 'Top-1 probability', unit: '', key: 'top1Probability' },
  { title: 'Negative log-likelihood', unit: 'nats', key: 'negativeLogLikelihood' },
];

/** What means are over, where there are such. */
interface Over {
  readonly name: 'all' | 'targets' | 'heldOut';
  readonly label: string;
  readonly mark: (x: number, y: number) => SVGElement;
}

const overs: readonly Over[] = [
  { name: 'all', label: 'all', mark: (x, y) => svg('circle', { class: 'all', cx: x, cy: y, r: 4 }) },
  {
    name: 'targets',
    label: 'targets',
    mark: (x, y) => svg('path', { class: 'targets', d: `M${x},${y - 5}l5,5l-5,5l-5,-5z` }),
  },
  {
    name: 'heldOut',
    label: 'held out',
    mark: (x, y) => svg('path', { class: 'heldOut', d: `M${x},${y - 5}l5,9h-10z` }),
  },
];

/** A checkpoint's means; without them where it was not measured. */
interface Row extends Partial<Pick<Measurement, 'all' | 'targets' | 'heldOut'>> {
  readonly name: string;
  /** In a file, where no slider says it. */
  readonly place?: string;
}

/** Room for one number, pixels. */
const numberWidth = 54;

/** The measured checkpoints, and as the third what a commit at the rho and alpha that are set would give. */
function rowsOf({ model }: Page, state: State): Row[] {
  const { measurements } = model.record;
  const found = atPlace(model, state);
  if (found.type === 'committed') return [...measurements];
  const { all, targets, heldOut } = found.type === 'point' ? found.point : {};
  const means = { ...(all && { all }), ...(targets && { targets }), ...(heldOut && { heldOut }) };
  return [...measurements.slice(0, 2), { name: thisPlace, ...means }, ...measurements.slice(2)];
}

/** As a file has them: no row without figures, and by its place the one that goes with the slider. */
function rowsOfFile(page: Page, state: State): Row[] {
  const { model } = page;
  const place = `ρ ${rhoText(model.rho(state))}, α ${significant(model.alpha(state), 3)}`;
  return rowsOf(page, state)
    .filter(({ all }) => all !== undefined)
    .map((row) => (row.name === thisPlace ? { ...row, name: `rejuvenated, ${place}`, place } : row));
}

function sentence(rows: readonly Row[]): string {
  const parts = rows.map(({ name, all, targets, heldOut }) =>
    all === undefined || targets === undefined
      ? `${name}: not measured`
      : `${name}: entropy ${decimal(all.entropy)}, at targets ${decimal(targets.entropy)}` +
        `${heldOut === undefined ? '' : `, held out ${decimal(heldOut.entropy)}`} nats`,
  );
  return parts.join('; ');
}

/** One panel: a metric of every row. */
function panel(
  { title, unit, key }: Metric,
  rows: readonly Row[],
  shown: readonly Over[],
  { left, top, size }: { readonly left: number; readonly top: number; readonly size: number },
): SVGElement {
  const values = rows.flatMap((each) => shown.flatMap(({ name }) => each[name]?.[key] ?? []));
  const [, high = 1] = extent(values);
  const [labels, numbers] = [rows.some(({ place }) => place !== undefined) ? 112 : 84, numberWidth * shown.length - 4];
  const numberEnd = (index: number) => left + size - 4 - numberWidth * (shown.length - 1 - index);
  const x = scaleLinear()
    .domain([0, key === 'top1Probability' ? 1 : Math.max(high, 1e-6)])
    .range([left + labels, left + size - numbers])
    .nice();
  const bottom = top + head + rows.length * rowHeight;
  return svg(
    'g',
    {},
    svg(
      'text',
      { x: left, y: top + 12, class: 'panel-title' },
      title,
      svg('tspan', { class: 'axis' }, unit && ` ${unit}`),
    ),
    ...shown.map(({ label }, index) =>
      svg('text', { x: numberEnd(index), y: top + 30, class: 'axis', 'text-anchor': 'end' }, label),
    ),
    ...x
      .ticks(3)
      .flatMap((tick) => [
        svg('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: top + head - 4, y2: bottom }),
        svg('text', { class: 'axis', x: x(tick), y: top + 30, 'text-anchor': 'middle' }, String(tick)),
      ]),
    ...rows.flatMap((row, place) => {
      const { name } = row;
      const y = top + head + (place + 0.5) * rowHeight;
      const text = (at: number, content: string, anchor: string, look = '') =>
        svg('text', { x: at, y, 'dominant-baseline': 'central', 'text-anchor': anchor, class: look }, content);
      const short = row.place ?? (name.length > 12 ? `${name.slice(0, 11)}…` : name);
      const label = text(left, short, 'start', 'name');
      if (row.all === undefined) return [label, text(numberEnd(shown.length - 1), 'not measured', 'end', 'unmeasured')];
      const points = shown.flatMap((over, index) => {
        const value = row[over.name]?.[key];
        return value === undefined ? [] : [{ ...over, index, value }];
      });
      const first = x(row.all[key]);
      return [
        label,
        ...points.slice(1).map(({ value }) => svg('line', { class: 'between', x1: first, x2: x(value), y1: y, y2: y })),
        ...points.map(({ mark, value }) => mark(x(value), y)),
        ...points.map(({ index, value }) => text(numberEnd(index), decimal(value), 'end', 'number')),
      ];
    }),
  );
}

/**
 * Entropy, top-1 probability and NLL of every measured checkpoint, and of what a commit would give: over all response
 * tokens, at the targets, and, where samples are held out, over the tokens of those.
 */
export function metricsFigure(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store } = page;
  const { measurements } = model.record;
  const shown = overs.filter(({ name }) => measurements.some((each) => each[name] !== undefined));
  const anyHeldOut = shown.some(({ name }) => name === 'heldOut');
  let width = 0;
  let drawn = '';
  const drawing = svg('svg', { class: 'metrics', role: 'img', 'aria-label': title });
  const render = (rows: readonly Row[]) => {
    const columns = width >= 1020 ? 3 : 1;
    const size = (width - (columns - 1) * 28) / columns;
    const panelHeight = head + rows.length * rowHeight + 10;
    drawing.setAttribute('aria-label', sentence(rows));
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(panelHeight * (columns === 3 ? 1 : metrics.length)));
    const places = metrics.map((_, i) =>
      columns === 3 ? { left: i * (size + 28), top: 0, size } : { left: 0, top: i * panelHeight, size },
    );
    drawing.replaceChildren(...metrics.map((metric, i) => panel(metric, rows, shown, places[i]!)));
  };
  const draw = (state: State) => {
    const rows = rowsOf(page, state);
    const next = JSON.stringify([width, rows]);
    if (width === 0 || next === drawn) return;
    drawn = next;
    render(rows);
  };
  const frame = figure(page, {
    name: 'metrics',
    title,
    caption: anyHeldOut
      ? 'Means over all response tokens (●), at the targets (◇), and over the tokens of held-out samples (△), which chose no target.'
      : 'Means over all response tokens (●) and at the targets (◇), on the record’s calibration.',
    drawing() {
      render(rowsOfFile(page, store.state));
      const done = () => {
        drawn = '';
        draw(store.state);
      };
      return { svg: drawing, done };
    },
    csv: () =>
      csv(
        ['checkpoint', 'over', 'rows', 'entropy_nats', 'top1_probability', 'nll_nats'],
        rowsOfFile(page, store.state).flatMap((row) =>
          shown.flatMap((over) => {
            const means = row[over.name];
            if (means === undefined) return [];
            const { rows, entropy, top1Probability, negativeLogLikelihood } = means;
            const name = over.name === 'heldOut' ? 'held_out' : over.name;
            return [[row.name, name, rows, entropy, top1Probability, negativeLogLikelihood]];
          }),
        ),
      ),
  });
  frame.body.append(drawing);
  onResize(frame.body, (next) => {
    width = next;
    draw(store.state);
  });
  return { figure: frame, draw };
}
