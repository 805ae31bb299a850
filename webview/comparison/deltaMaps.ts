import type { TensorMaps } from '../../src/protocol/comparison.ts';
import { csv } from '../csv.ts';
import { html, link, onResize, svg } from '../dom.ts';
import { type Figure, figure } from '../figure.ts';
import { count, score } from '../format.ts';
import { legend } from '../legend.ts';
import { currentTheme, sequential } from '../theme.ts';
import { colourScale } from './colourScale.ts';
import { DeltaMap, frameOf, valueRoom } from './deltaMap.ts';
import { rowsAndColumns } from './model.ts';
import type { Page } from './page.ts';
import { around, columnsOf, panned, readable, rowsOf, wholeRegion, zoomed } from './region.ts';
import { resetMarks } from './resetMarks.ts';
import type { Region, State } from './state.ts';

const gap = 18;
const leastColumn = 250;
const mostHeight = 430;
const zoomStep = 1.6;
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
  let columns: { readonly pair: number; readonly map: DeltaMap }[] = [];
  let ring: { tensor: number; row: number; column: number } | undefined;
  const grid = html('div', {
    class: 'delta-maps',
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'zoomable maps',
  });
  const place = html('span', { class: 'muted', 'aria-live': 'polite' });
  const key = legend('|Δ| (log)');

  const shape = () => rowsAndColumns(record.tensors[model.tensor(store.state)]!);
  const regionOf = (state: State): Region => state.region ?? wholeRegion(...shape());
  const setRegion = (region: Region) => {
    const [rows, across] = shape();
    const whole = rowsOf(region) === rows && columnsOf(region) === across;
    store.set({ region: whole ? undefined : region });
  };
  const zoom = (factor: number, at = { row: 0.5, column: 0.5 }) =>
    setRegion(zoomed(regionOf(store.state), factor, at, ...shape()));
  const pan = (down: number, right: number) => setRegion(panned(regionOf(store.state), down, right, ...shape()));

  const frame = figure(page, {
    name: 'tensor-change',
    title: 'Change, element by element',
    drawing: () => exported(),
    csv: () => mapCsv(),
  });
  frame.controls.append(
    html(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      link('+', () => zoom(zoomStep), 'Zoom in (+)'),
      link('−', () => zoom(1 / zoomStep), 'Zoom out (−)'),
      link('Whole tensor', () => store.set({ region: undefined }), 'Show the whole tensor (0)'),
    ),
    key.element,
    place,
  );
  frame.body.append(grid);

  /** Where in its map an event happened, as shares of the region; undefined beside it. */
  const shareAt = ({ target, clientX, clientY }: MouseEvent) => {
    const column = columns.find(({ map }) => target instanceof Node && map.element.contains(target));
    if (column === undefined) return undefined;
    const box = column.map.canvas.getBoundingClientRect();
    const at = { row: (clientY - box.top) / box.height, column: (clientX - box.left) / box.width };
    return at.row < 0 || at.row >= 1 || at.column < 0 || at.column >= 1 ? undefined : { ...column, at };
  };
  grid.addEventListener(
    'wheel',
    (event) => {
      const found = shareAt(event);
      // The page scrolls as ever unless the maps were clicked into, or with Ctrl as everywhere in VS Code.
      if (found === undefined || !(event.ctrlKey || grid.matches(':focus-within'))) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? zoomStep : 1 / zoomStep, found.at);
    },
    { passive: false },
  );
  grid.addEventListener('dblclick', (event) => {
    const found = shareAt(event);
    if (found !== undefined) zoom(zoomStep * zoomStep, found.at);
  });
  let drag: { readonly x: number; readonly y: number; readonly region: Region; readonly map: DeltaMap } | undefined;
  grid.addEventListener('pointerdown', (event) => {
    const found = shareAt(event);
    grid.focus({ preventScroll: true });
    if (found === undefined || event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, region: regionOf(store.state), map: found.map };
    grid.setPointerCapture(event.pointerId);
  });
  grid.addEventListener('pointerup', () => {
    drag = undefined;
  });
  grid.addEventListener('pointercancel', () => {
    drag = undefined;
  });
  grid.addEventListener('pointermove', (event) => {
    if (drag !== undefined) {
      const { width: across, height } = drag.map.inner;
      const down = ((drag.y - event.clientY) / height) * rowsOf(drag.region);
      const right = ((drag.x - event.clientX) / across) * columnsOf(drag.region);
      tooltip.hide();
      setRegion(panned(drag.region, down, right, ...shape()));
      return;
    }
    const found = shareAt(event);
    if (found === undefined) tooltip.hide();
    else describe(found.pair, found.map, found.at);
  });
  grid.addEventListener('pointerleave', () => tooltip.hide());
  grid.addEventListener('keydown', (event) => {
    const region = regionOf(store.state);
    const [down, right] = [Math.max(rowsOf(region) / 8, 1), Math.max(columnsOf(region) / 8, 1)];
    const moves: Readonly<Record<string, () => void>> = {
      '+': () => zoom(zoomStep),
      '=': () => zoom(zoomStep),
      '-': () => zoom(1 / zoomStep),
      '0': () => store.set({ region: undefined }),
      ArrowUp: () => pan(-down, 0),
      ArrowDown: () => pan(down, 0),
      ArrowLeft: () => pan(0, -right),
      ArrowRight: () => pan(0, right),
      PageUp: () => pan(-rowsOf(region), 0),
      PageDown: () => pan(rowsOf(region), 0),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move();
  });

  /** What lies under the pointer, in numbers. */
  const describe = (pair: number, map: DeltaMap, at: { readonly row: number; readonly column: number }) => {
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
    const maps = mapsOf(pair, tensor);
    if (maps === undefined) return;
    const { map: cells } = maps;
    // The cell whose rows `floor(i·R/rows)` up to `floor((i+1)·R/rows)` hold this one.
    const i = Math.floor(((row + 1) * cells.rows - 1) / rows);
    const j = Math.floor(((column + 1) * cells.columns - 1) / across);
    const range = (cell: number, of: number, size: number) => {
      const [from, to] = [Math.floor((cell * size) / of), Math.floor(((cell + 1) * size) / of) - 1];
      return from === to ? String(from) : `${from}–${to}`;
    };
    tooltip.show(marker, `rows ${range(i, cells.rows, rows)}, columns ${range(j, cells.columns, across)}`, [
      ['max |Δ|', score(cells.values[i * cells.columns + j]!)],
      [`norm of row ${row}`, score(maps.rowNorms[row]!)],
      [`norm of column ${column}`, score(maps.columnNorms[column]!)],
    ]);
  };
  const point = svg('rect', { class: 'pointer', width: 1, height: 1 });
  const anchor = (map: DeltaMap, at: { readonly row: number; readonly column: number }) => {
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
    const windows = columns.map(({ pair }) => windowOf(pair, tensor, region));
    if (windows.every((elements) => elements !== undefined) && windows.length > 0) {
      return csv(
        ['reference', 'checkpoint', 'row', 'column', 'reference_value', 'checkpoint_value', 'delta'],
        columns.flatMap(({ pair }, i) => {
          const elements = windows[i]!;
          const { reference, checkpoint } = model.sides(pair);
          return Array.from(elements.reference, (before, at) => [
            reference,
            checkpoint,
            elements.rowStart + Math.floor(at / elements.columns),
            elements.columnStart + (at % elements.columns),
            before,
            elements.checkpoint[at]!,
            elements.checkpoint[at]! - before,
          ]);
        }),
      );
    }
    return csv(
      ['reference', 'checkpoint', 'cell_row', 'cell_column', 'max_abs_delta'],
      columns.flatMap(({ pair }) => {
        const maps = mapsOf(pair, tensor);
        const { reference, checkpoint } = model.sides(pair);
        return Array.from(maps?.map.values ?? [], (value, at) => [
          reference,
          checkpoint,
          Math.floor(at / maps!.map.columns),
          at % maps!.map.columns,
          value,
        ]);
      }),
    );
  };
  /** All columns as one drawing, their pixels as images. */
  const exported = () => {
    const origin = grid.getBoundingClientRect();
    const sheet = svg('svg', { class: 'delta-overlay', width: origin.width, height: origin.height });
    for (const { map } of columns) {
      const box = map.element.getBoundingClientRect();
      const { width: across, height } = map.inner;
      sheet.append(
        svg(
          'g',
          { transform: `translate(${box.left - origin.left},${box.top - origin.top})` },
          svg('image', {
            'data-pixels': map.canvas.toDataURL('image/png'),
            x: frameOf.left,
            y: frameOf.top,
            width: across,
            height,
            preserveAspectRatio: 'none',
          }),
          ...[...map.overlay.children].map((child) => child.cloneNode(true)),
        ),
      );
    }
    const holder = html('div', { class: 'sheet' }, sheet);
    document.body.append(holder);
    return { svg: sheet, done: () => holder.remove() };
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
