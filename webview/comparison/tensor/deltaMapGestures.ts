import type { Region } from '../state/state.ts';
import type { DeltaMap } from './deltaMap.ts';
import { columnsOf, panned, rowsOf } from './region.ts';

/* Zooming and moving in maps of change, by mouse and by keys. */

const zoomStep = 1.6;

/** A place in a map, as shares of the region it shows, from its top left corner. */
export interface Share {
  readonly row: number;
  readonly column: number;
}

/** One of the maps side by side. */
export interface MapColumn {
  readonly pair: number;
  readonly map: DeltaMap;
}

/** What gestures act on. */
export interface Zoomable {
  /** The maps shown now. */
  columns(): readonly MapColumn[];
  region(): Region;
  /** Rows and columns of the tensor. */
  shape(): readonly [number, number];
  show(region: Region): void;
  showWhole(): void;
  zoom(factor: number, at?: Share): void;
  /** Tells what lies under the pointer; undefined: nothing. */
  describe(found: (MapColumn & { readonly at: Share }) | undefined): void;
}

/** Zooms by a step in or out. */
export const zoomIn = ({ zoom }: Pick<Zoomable, 'zoom'>, at?: Share) => zoom(zoomStep, at);
export const zoomOut = ({ zoom }: Pick<Zoomable, 'zoom'>, at?: Share) => zoom(1 / zoomStep, at);

/** Has a grid of maps zoom by wheel, double click and keys, move by dragging and keys, and tell what is pointed at. */
export function listenToGestures(grid: HTMLElement, maps: Zoomable): void {
  /** Where in which map an event happened; undefined beside them. */
  const placeOf = ({ target, clientX, clientY }: MouseEvent) => {
    const column = maps.columns().find(({ map }) => target instanceof Node && map.element.contains(target));
    if (column === undefined) return undefined;
    const box = column.map.canvas.getBoundingClientRect();
    const at = { row: (clientY - box.top) / box.height, column: (clientX - box.left) / box.width };
    return at.row < 0 || at.row >= 1 || at.column < 0 || at.column >= 1 ? undefined : { ...column, at };
  };
  const pan = (down: number, right: number, region = maps.region()) =>
    maps.show(panned(region, down, right, ...maps.shape()));

  grid.addEventListener(
    'wheel',
    (event) => {
      const found = placeOf(event);
      // The page scrolls as ever unless the maps were clicked into, or with Ctrl as everywhere in VS Code.
      if (found === undefined || !(event.ctrlKey || grid.matches(':focus-within'))) return;
      event.preventDefault();
      if (event.deltaY < 0) zoomIn(maps, found.at);
      else zoomOut(maps, found.at);
    },
    { passive: false },
  );
  grid.addEventListener('dblclick', (event) => {
    const found = placeOf(event);
    if (found !== undefined) maps.zoom(zoomStep * zoomStep, found.at);
  });
  let drag: { readonly x: number; readonly y: number; readonly region: Region; readonly map: DeltaMap } | undefined;
  const drop = () => {
    drag = undefined;
  };
  grid.addEventListener('pointerdown', (event) => {
    const found = placeOf(event);
    grid.focus({ preventScroll: true });
    if (found === undefined || event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, region: maps.region(), map: found.map };
    grid.setPointerCapture(event.pointerId);
  });
  grid.addEventListener('pointerup', drop);
  grid.addEventListener('pointercancel', drop);
  grid.addEventListener('pointermove', (event) => {
    if (drag === undefined) {
      maps.describe(placeOf(event));
      return;
    }
    const { width, height } = drag.map.inner;
    const down = ((drag.y - event.clientY) / height) * rowsOf(drag.region);
    const right = ((drag.x - event.clientX) / width) * columnsOf(drag.region);
    maps.describe(undefined);
    pan(down, right, drag.region);
  });
  grid.addEventListener('pointerleave', () => maps.describe(undefined));
  grid.addEventListener('keydown', (event) => {
    const region = maps.region();
    const [down, right] = [Math.max(rowsOf(region) / 8, 1), Math.max(columnsOf(region) / 8, 1)];
    const moves: Readonly<Record<string, () => void>> = {
      '+': () => zoomIn(maps),
      '=': () => zoomIn(maps),
      '-': () => zoomOut(maps),
      '0': () => maps.showWhole(),
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
}
