import type { TensorMaps } from '../../../src/protocol/comparison.ts';
import { mapCell, mapEdges } from '../../../src/record/comparison/tensors/mapGrid.ts';
import { matrixShape } from '../../../src/record/comparison/tensors/matrixShape.ts';
import { colourScale } from '../../figures/colourScale.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { legend } from '../../figures/legend.ts';
import { html, link, onResize, svg } from '../../page/dom.ts';
import { count, score } from '../../page/format.ts';
import { currentTheme, sequential } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { Region, State } from '../state/state.ts';
import { DeltaMap, frameOf, valueRoom } from './deltaMap.ts';
import { cellsCsv, elementsCsv, mapsSheet } from './deltaMapExport.ts';
import { listenToGestures, type MapColumn, type Share, type Zoomable, zoomIn, zoomOut } from './deltaMapGestures.ts';
import { around, columnsOf, readable, rowsOf, wholeRegion, zoomed } from './region.ts';
import { resetMarks } from './resetMarks.ts';

/* The figure of one tensor's change: a map for each pair, with one colour scale and one region for all. */

const gap = 18;
const leastColumn = 250;
const mostHeight = 430;
/** Most elements of a side shown around one that was looked for. */
const nearby = 7;

/** `|Δ|` maps of one tensor, a column a pair, on one scale and one region (Fig. 3 of the paper). */
export function deltaMaps(page: Page): {
  readonly figure: Figure;
  draw(state: State): void;
  /** Zooms to an element, near enough to read its neighbours, and rings it until another tensor is shown. */
  showElement(at: readonly number[]): void;
} {
  const { model, store, tooltip } = page;
  const { record } = model;
  let width = 0;
  let columns: readonly MapColumn[] = [];
  let ring: { tensor: number; row: number; column: number } | undefined;
  const grid = html('div', {
    class: 'delta-maps',
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'zoomable maps',
  });
  const place = html('span', { class: 'muted', 'aria-live': 'polite' });
  const key = legend('|Δ| (log)');

  const shape = (): readonly [number, number] => {
    const { rows, columns: across } = matrixShape(record.tensors[model.tensor(store.state)]!.shape);
    return [rows, across];
  };
  const regionOf = (state: State): Region => state.region ?? wholeRegion(...shape());
  const setRegion = (region: Region) => {
    const [rows, across] = shape();
    const whole = rowsOf(region) === rows && columnsOf(region) === across;
    store.set({ region: whole ? undefined : region });
  };
  const maps: Zoomable = {
    columns: () => columns,
    region: () => regionOf(store.state),
    shape,
    show: setRegion,
    showWhole: () => store.set({ region: undefined }),
    zoom: (factor, at = { row: 0.5, column: 0.5 }) => setRegion(zoomed(regionOf(store.state), factor, at, ...shape())),
    describe: (found) => (found === undefined ? tooltip.hide() : describe(found.pair, found.map, found.at)),
  };

  const frame = figure(page, {
    name: 'tensor-change',
    title: 'Change, element by element',
    drawing: () =>
      mapsSheet(
        grid,
        columns.map(({ map }) => map),
      ),
    csv: () => mapCsv(),
  });
  frame.controls.append(
    html(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      link('+', () => zoomIn(maps), 'Zoom in (+)'),
      link('−', () => zoomOut(maps), 'Zoom out (−)'),
      link('Whole tensor', () => maps.showWhole(), 'Show the whole tensor (0)'),
    ),
    key.element,
    place,
  );
  frame.body.append(grid);
  listenToGestures(grid, maps);

  /** What lies under the pointer, in numbers. */
  const describe = (pair: number, map: DeltaMap, at: Share) => {
    const { state } = store;
    const tensor = model.tensor(state);
    const region = regionOf(state);
    const [rows, across] = shape();
    const row = region.rowStart + Math.floor(at.row * rowsOf(region));
    const column = region.columnStart + Math.floor(at.column * columnsOf(region));
    const elements = windowOf(pair, tensor, region);
    const marker = anchor(map, at);
    if (elements !== undefined) {
      const place = (row - elements.rowStart) * elements.columns + column - elements.columnStart;
      const [reference, checkpoint] = [elements.reference[place]!, elements.checkpoint[place]!];
      const sides = model.sides(pair);
      tooltip.show(marker, `[${row}, ${column}]`, [
        ['Δ', score(checkpoint - reference)],
        [sides.reference, String(reference)],
        [sides.checkpoint, String(checkpoint)],
      ]);
      return;
    }
    const known = mapsOf(pair, tensor);
    if (known === undefined) return;
    const { map: cells } = known;
    const [i, j] = [mapCell(row, rows), mapCell(column, across)];
    const range = (cell: number, size: number) => {
      const edges = mapEdges(size);
      const [from, to] = [edges[cell]!, edges[cell + 1]! - 1];
      return from === to ? String(from) : `${from}–${to}`;
    };
    tooltip.show(marker, `rows ${range(i, rows)}, columns ${range(j, across)}`, [
      ['max |Δ|', score(cells.values[i * cells.columns + j]!)],
      [`norm of row ${row}`, score(known.rowNorms[row]!)],
      [`norm of column ${column}`, score(known.columnNorms[column]!)],
    ]);
  };
  const point = svg('rect', { class: 'pointer', width: 1, height: 1 });
  const anchor = (map: DeltaMap, at: Share) => {
    point.setAttribute('x', String(frameOf.left + at.column * map.inner.width));
    point.setAttribute('y', String(frameOf.top + at.row * map.inner.height));
    map.overlay.append(point);
    return point;
  };

  const mapsOf = (pair: number, tensor: number): TensorMaps | undefined => {
    const known = model.maps(pair, tensor);
    return known !== undefined && 'part' in known ? known.part : undefined;
  };
  const windowOf = (pair: number, tensor: number, region: Region) => {
    if (!readable(region) || model.filesFault(pair) !== undefined) return undefined;
    const known = model.window(pair, tensor, region);
    return known !== undefined && 'part' in known ? known.part : undefined;
  };
  /** Asked for once the view stands still: a drag passes many regions. */
  let settled: string | undefined;
  let settling: number | undefined;

  const layOut = (pairs: readonly number[]) => {
    if (columns.map(({ pair }) => pair).join() !== pairs.join()) {
      columns = pairs.map((pair) => ({ pair, map: new DeltaMap() }));
      grid.replaceChildren(...columns.map(({ map }) => map.element));
    }
    const across = Math.max(1, Math.min(pairs.length, Math.floor((width + gap) / (leastColumn + gap))));
    const each = Math.floor((width - (across - 1) * gap) / across);
    const [rows, wide] = shape();
    const inner = each - frameOf.left - frameOf.right;
    const natural = inner * Math.min(Math.max(rows / wide, 0.12), 1.4);
    const height = Math.min(Math.max(natural, 140), mostHeight) + frameOf.top + frameOf.bottom;
    grid.style.gridTemplateColumns = `repeat(${across}, ${each}px)`;
    for (const { map } of columns) map.resize(each, Math.round(height));
  };

  const drawNow = (state: State) => {
    if (width === 0) return;
    const tensor = model.tensor(state);
    const region = regionOf(state);
    const [rows, across] = shape();
    layOut(model.pairs(state));
    const what = JSON.stringify([tensor, region]);
    const read = readable(region) && settled === what;
    if (readable(region) && settled !== what) {
      clearTimeout(settling);
      settling = window.setTimeout(() => {
        settled = what;
        drawNow(store.state);
      }, 120);
    }
    const all = columns.map(({ pair }) => mapsOf(pair, tensor));
    const scale = colourScale(values(all), 'log');
    const theme = currentTheme();
    key.draw((t) => sequential(t, theme), score(scale.low), score(scale.high));
    const most = (norms: readonly (Float32Array | undefined)[], from: number, to: number) =>
      norms.reduce((top, each) => each?.subarray(from, to).reduce((a, b) => Math.max(a, b), top) ?? top, 0);
    const topRowNorm = most(
      all.map((maps) => maps?.rowNorms),
      region.rowStart,
      region.rowEnd,
    );
    const topColumnNorm = most(
      all.map((maps) => maps?.columnNorms),
      region.columnStart,
      region.columnEnd,
    );
    const marks = resetMarks(model, state, tensor);
    columns.forEach(({ pair, map }, i) => {
      map.draw({
        title: model.pairName(pair),
        region,
        rows,
        columns: across,
        maps: all[i],
        window: read ? windowOf(pair, tensor, region) : undefined,
        scale,
        topRowNorm,
        topColumnNorm,
        markedRows: marks?.axis === 'row' ? marks.neurons : new Uint32Array(),
        markedColumns: marks?.axis === 'column' ? marks.neurons : new Uint32Array(),
        ring: ring?.tensor === tensor ? ring : undefined,
      });
    });
    const span = (from: number, to: number) => (to - from === 1 ? count(from) : `${count(from)}–${count(to - 1)}`);
    const name = record.tensors[tensor]!.name;
    place.textContent = `rows ${span(region.rowStart, region.rowEnd)}, columns ${span(region.columnStart, region.columnEnd)}`;
    grid.setAttribute(
      'aria-label',
      `Change of ${name}, ${place.textContent}. Plus and minus zoom, arrow keys move, 0 shows the whole tensor.`,
    );
    frame.caption.textContent = captionOf(state, region);
  };
  const captionOf = (state: State, region: Region): string => {
    const tensor = model.tensor(state);
    const pairs = model.pairs(state);
    const broken = pairs.map((pair) => model.maps(pair, tensor)).find((known) => known && 'fault' in known);
    if (broken !== undefined && 'fault' in broken) return broken.fault;
    const how =
      'Largest |Δ| of each cell; norms of rows and columns along the edges. Wheel after a click, or + and −, zoom; drag or arrow keys move.';
    if (!readable(region)) return how;
    const missing = pairs.map((pair) => model.filesFault(pair)).find((fault) => fault !== undefined);
    if (missing !== undefined)
      return `Single elements are read from the checkpoints’ files, which are needed for that: ${missing}`;
    const fault = pairs
      .map((pair) => (settled === JSON.stringify([tensor, region]) ? model.window(pair, tensor, region) : undefined))
      .find((known) => known && 'fault' in known);
    if (fault !== undefined && 'fault' in fault) return fault.fault;
    return 'Every element, read from the checkpoints’ files. Values are written where there is room.';
  };

  const mapCsv = () => {
    const { state } = store;
    const tensor = model.tensor(state);
    const region = regionOf(state);
    const elements = columns.map(({ pair }) => windowOf(pair, tensor, region));
    const sides = columns.map(({ pair }) => model.sides(pair));
    return elements.length > 0 && elements.every((each) => each !== undefined)
      ? elementsCsv(sides.map((each, i) => ({ ...each, elements: elements[i]! })))
      : cellsCsv(sides.map((each, i) => ({ ...each, maps: mapsOf(columns[i]!.pair, tensor) })));
  };

  onResize(frame.body, (next) => {
    width = next;
    drawNow(store.state);
  });
  return {
    figure: frame,
    draw: drawNow,
    showElement(at) {
      const [row, column] = at.length > 1 ? [at[0]!, at[1]!] : [0, at[0]!];
      ring = { tensor: model.tensor(store.state), row, column };
      const room = columns[0]?.map.inner.width ?? 0;
      const across = Math.max(Math.min(Math.floor(room / valueRoom.width), nearby), 1);
      store.set({ region: around(at, ...shape(), across) });
    },
  };
}

function* values(all: readonly (TensorMaps | undefined)[]): Iterable<number> {
  for (const maps of all) if (maps !== undefined) yield* maps.map.values;
}
