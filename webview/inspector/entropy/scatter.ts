import { axisBottom, axisLeft, max, scaleLinear, select } from 'd3';
import type { RowTable } from '../../../src/protocol/inspector.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { legend } from '../../figures/legend.ts';
import { dropdown, onResize, svg } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { currentTheme, sequential } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The scatter plot of entropies: each response row under one checkpoint against another. */

const title = 'Before and after';

const margin = { top: 8, right: 10, bottom: 36, left: 42 } as const;
/** Bins along each axis; all rows are drawn as counts, so that any number of them is one drawing. */
const bins = 40;

/** Counts of rows by their two entropies; `[bins × bins]`, x fastest. */
function binned(x: Float32Array, y: Float32Array, top: number): Int32Array {
  const counts = new Int32Array(bins * bins);
  const at = (value: number) => Math.min(Math.max(Math.floor((value / top) * bins), 0), bins - 1);
  for (let row = 0; row < x.length; row++) counts[at(y[row]!) * bins + at(x[row]!)]!++;
  return counts;
}

/** Entropy of every response row under one checkpoint against another; targets as rings. */
export function scatter(
  page: Page,
  choose: (row: number) => void,
): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, tooltip } = page;
  const names = model.record.measurements.map(({ name }) => name);
  let width = 0;
  const cells = svg('g', { class: 'cells' });
  const rings = svg('g', { class: 'rings' });
  const axes = [svg('g', { class: 'axis' }), svg('g', { class: 'axis' })] as const;
  const diagonal = svg('line', { class: 'diagonal' });
  const xTitle = svg('text', { class: 'axis', 'text-anchor': 'middle' });
  const yTitle = svg('text', { class: 'axis', 'text-anchor': 'middle' });
  const drawing = svg(
    'svg',
    { class: 'scatter', role: 'img', 'aria-label': title },
    cells,
    diagonal,
    rings,
    ...axes,
    xTitle,
    yTitle,
  );
  const axesOf = ({ scatterX, scatterY }: State): readonly [number, number] => {
    // Before and after: the over-trained checkpoint against the latest measured one.
    const after = names.length > 2 ? names.length - 1 : 1;
    const before = names.length > 2 ? 1 : 0;
    const known = (name: string | undefined, otherwise: number) =>
      name === undefined ? otherwise : names.indexOf(name);
    return [known(scatterX, before), known(scatterY, after)];
  };
  const frame = figure(page, {
    name: 'entropy-scatter',
    title,
    caption: 'Response rows by entropy (nats), counted in squares; rings are targets.',
    drawing: () => ({ svg: drawing }),
    csv: () => {
      const { rows } = model;
      const targets = new Set(rows?.targetRows);
      const all = rows?.entropy ?? [];
      return csv(
        ['row', 'target', ...names.map((name) => `entropy_${name}`)],
        Array.from({ length: all[0]?.length ?? 0 }, (_, row) => [
          row,
          targets.has(row),
          ...all.map((values) => values[row]),
        ]),
      );
    },
  });
  const options = names.map((name) => [name, name] as const);
  const xChoice = dropdown('x', options, (scatterX) => store.set({ scatterX }));
  const yChoice = dropdown('y', options, (scatterY) => store.set({ scatterY }));
  const key = legend('rows');
  frame.controls.append(xChoice.element, yChoice.element);
  frame.body.append(drawing, key.element);

  const paint = ({ entropy, targetRows }: RowTable, state: State) => {
    const [xAt, yAt] = axesOf(state);
    const [xs, ys] = [entropy[xAt]!, entropy[yAt]!];
    const top = Math.max((max(xs) as number | undefined) ?? 0, (max(ys) as number | undefined) ?? 0, 1e-3);
    const height = Math.min(Math.max(width, 200), 380);
    const x = scaleLinear()
      .domain([0, top])
      .range([margin.left, width - margin.right]);
    const y = scaleLinear()
      .domain([0, top])
      .range([height - margin.bottom, margin.top]);
    const theme = currentTheme();
    const counts = binned(xs, ys, top);
    const most = Math.max(1, ...counts);
    // Most rows lie in a corner: a log scale keeps the rest visible.
    const shade = (rows: number) => Math.log(rows + 1) / Math.log(most + 1);
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(height));
    drawing.setAttribute(
      'aria-label',
      `Entropy under ${names[yAt]} against ${names[xAt]}, ${count(xs.length)} response rows`,
    );
    const [cellWidth, cellHeight] = [(x(top) - x(0)) / bins, (y(0) - y(top)) / bins];
    const squares: SVGElement[] = [];
    counts.forEach((rows, at) => {
      if (rows === 0) return;
      const [column, row] = [at % bins, Math.floor(at / bins)];
      squares.push(
        svg(
          'rect',
          {
            x: x(0) + column * cellWidth,
            y: y(0) - (row + 1) * cellHeight,
            width: cellWidth,
            height: cellHeight,
            fill: sequential(0.2 + 0.8 * shade(rows), theme),
          },
          svg('title', {}, `${count(rows)} rows`),
        ),
      );
    });
    cells.replaceChildren(...squares);
    rings.replaceChildren(
      ...Array.from(targetRows, (row) => svg('circle', { cx: x(xs[row]!), cy: y(ys[row]!), r: 3, 'data-row': row })),
    );
    key.draw((t) => sequential(0.2 + 0.8 * t, theme), '1', count(most));
    diagonal.setAttribute('x1', String(x(0)));
    diagonal.setAttribute('y1', String(y(0)));
    diagonal.setAttribute('x2', String(x(top)));
    diagonal.setAttribute('y2', String(y(top)));
    select(axes[0])
      .attr('transform', `translate(0,${y(0)})`)
      .call(axisBottom(x).ticks(5).tickSize(4));
    select(axes[1])
      .attr('transform', `translate(${x(0)},0)`)
      .call(axisLeft(y).ticks(5).tickSize(4));
    xTitle.textContent = `entropy under ${names[xAt]} (nats)`;
    xTitle.setAttribute('x', String((x(0) + x(top)) / 2));
    xTitle.setAttribute('y', String(height - 4));
    yTitle.textContent = `entropy under ${names[yAt]} (nats)`;
    yTitle.setAttribute('transform', `translate(11,${(y(0) + y(top)) / 2}) rotate(-90)`);
    xChoice.set(names[xAt]!);
    yChoice.set(names[yAt]!);
  };
  rings.addEventListener('pointerover', ({ target }) => {
    if (!(target instanceof SVGElement) || model.rows === undefined) return;
    const row = Number(target.dataset['row']);
    tooltip.show(
      target,
      'Target',
      names.map((name, position) => [name, `${decimal(model.rows!.entropy[position]![row]!)} nats`] as const),
    );
  });
  rings.addEventListener('pointerout', () => tooltip.hide());
  rings.addEventListener('click', ({ target }) => {
    if (target instanceof SVGElement) choose(Number(target.dataset['row']));
  });
  let drawn: string | undefined;
  const draw = (state: State, afresh = true) => {
    const { rows } = model;
    if (rows === undefined || width === 0) return;
    const key = `${width} ${axesOf(state).join()}`;
    if (!afresh && key === drawn) return;
    drawn = key;
    paint(rows, state);
  };
  onResize(frame.body, (next) => {
    width = next;
    draw(store.state, false);
  });
  return { figure: frame, draw };
}
