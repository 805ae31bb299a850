import type { TensorMaps, TensorWindow } from '../../../src/protocol/comparison.ts';
import type { ColourScale } from '../../figures/colourScale.ts';
import { html, svg } from '../../page/dom.ts';
import { score } from '../../page/format.ts';
import { currentTheme, sequential, textOn } from '../../page/theme.ts';
import type { Region } from '../state/state.ts';
import { binned, columnsOf, rowsOf } from './region.ts';

/* Draws a map of change: a tensor's |Δ| in one pair, as pixels with norms, numbers and marks around them. */

/** Around the map: column profile above, row numbers and marks left, row profile right, column numbers and marks below. */
export const frameOf = { top: 40, right: 40, bottom: 24, left: 52 } as const;
/** Least room of an element whose value is written into it, pixels. */
export const valueRoom = { width: 58, height: 16 } as const;

export interface DeltaMapContent {
  readonly title: string;
  readonly region: Region;
  readonly rows: number;
  readonly columns: number;
  readonly maps: TensorMaps | undefined;
  /** Elements of the region, when they were read. */
  readonly window: TensorWindow | undefined;
  readonly scale: ColourScale;
  /** Largest row and column norms of the pairs shown, in the region. */
  readonly topRowNorm: number;
  readonly topColumnNorm: number;
  /** Rows and columns that a run resets. */
  readonly markedRows: Uint32Array;
  readonly markedColumns: Uint32Array;
  readonly ring: { readonly row: number; readonly column: number } | undefined;
}

/** `|Δ|` of one tensor in one pair: pixels on a canvas, everything else as shapes over it. */
export class DeltaMap {
  readonly element = html('div', { class: 'delta-map' });
  readonly overlay = svg('svg', { class: 'delta-overlay', 'aria-hidden': 'true' });
  readonly canvas = html('canvas', {});
  #width = 0;
  #height = 0;

  constructor() {
    this.element.append(this.canvas, this.overlay);
  }

  /** Size of the pixels' area. */
  get inner(): { readonly width: number; readonly height: number } {
    return {
      width: Math.max(this.#width - frameOf.left - frameOf.right, 1),
      height: Math.max(this.#height - frameOf.top - frameOf.bottom, 1),
    };
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    const { width: inner, height: innerHeight } = this.inner;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = Math.round(inner * density);
    this.canvas.height = Math.round(innerHeight * density);
    this.canvas.style.left = `${frameOf.left}px`;
    this.canvas.style.top = `${frameOf.top}px`;
    this.canvas.style.width = `${inner}px`;
    this.canvas.style.height = `${innerHeight}px`;
    this.element.style.height = `${height}px`;
    this.overlay.setAttribute('width', String(width));
    this.overlay.setAttribute('height', String(height));
  }

  draw(content: DeltaMapContent): void {
    this.#drawPixels(content);
    this.overlay.replaceChildren(...this.#shapes(content));
  }

  #drawPixels({ region, rows, columns, maps, window: elements, scale }: DeltaMapContent): void {
    const context = this.canvas.getContext('2d')!;
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const whole = [0, 0, this.canvas.width, this.canvas.height] as const;
    if (elements !== undefined) {
      const deltas = elements.checkpoint.map((value, i) => Math.abs(value - elements.reference[i]!));
      const image = picture(deltas, elements.columns, elements.rows, scale);
      context.drawImage(
        image,
        region.columnStart - elements.columnStart,
        region.rowStart - elements.rowStart,
        columnsOf(region),
        rowsOf(region),
        ...whole,
      );
    } else if (maps !== undefined && maps.map.values.length > 0) {
      const { map } = maps;
      const image = picture(map.values, map.columns, map.rows, scale);
      const [down, across] = [map.rows / rows, map.columns / columns];
      context.drawImage(
        image,
        region.columnStart * across,
        region.rowStart * down,
        columnsOf(region) * across,
        rowsOf(region) * down,
        ...whole,
      );
    }
  }

  #shapes(content: DeltaMapContent): SVGElement[] {
    const { region, maps, window: elements, scale, ring, title } = content;
    const { width, height } = this.inner;
    const [left, top] = [frameOf.left, frameOf.top];
    const [bottom, right] = [top + height, left + width];
    const x = (column: number) => left + ((column - region.columnStart) / columnsOf(region)) * width;
    const y = (row: number) => top + ((row - region.rowStart) / rowsOf(region)) * height;
    const shapes: SVGElement[] = [
      svg('text', { class: 'panel-title', x: left, y: 12 }, title),
      svg('rect', { class: 'frame', x: left, y: top, width, height }),
      ...axisNumbers(region.rowStart, region.rowEnd).map((row) =>
        svg(
          'text',
          { class: 'axis', x: left - 12, y: y(row + 0.5), 'text-anchor': 'end', 'dominant-baseline': 'central' },
          String(row),
        ),
      ),
      ...axisNumbers(region.columnStart, region.columnEnd).map((column) =>
        svg('text', { class: 'axis', x: x(column + 0.5), y: bottom + 20, 'text-anchor': 'middle' }, String(column)),
      ),
    ];
    if (maps !== undefined) {
      const columnBins = binned(maps.columnNorms, region.columnStart, region.columnEnd, width);
      const rowBins = binned(maps.rowNorms, region.rowStart, region.rowEnd, height);
      const upper = steps(
        columnBins,
        left,
        width,
        (value) => top - 3 - share(value, content.topColumnNorm) * 20,
        top - 3,
      );
      const side = steps(rowBins, top, height, (value) => right + 3 + share(value, content.topRowNorm) * 32, right + 3);
      shapes.push(
        svg('path', { class: 'profile', d: pathOf(upper) }),
        svg('path', { class: 'profile', d: pathOf(side.map(([along, across]) => [across, along])) }),
      );
    }
    shapes.push(
      svg('path', {
        class: 'reset-marks',
        d: ticks(content.markedRows, y, region.rowStart, region.rowEnd, (at) => `M${left - 8},${at}h6`),
      }),
      svg('path', {
        class: 'reset-marks',
        d: ticks(content.markedColumns, x, region.columnStart, region.columnEnd, (at) => `M${at},${bottom + 2}v6`),
      }),
    );
    const [cellWidth, cellHeight] = [width / columnsOf(region), height / rowsOf(region)];
    if (elements !== undefined && cellWidth >= valueRoom.width && cellHeight >= valueRoom.height) {
      const theme = currentTheme();
      for (let row = region.rowStart; row < region.rowEnd; row++) {
        for (let column = region.columnStart; column < region.columnEnd; column++) {
          const at = (row - elements.rowStart) * elements.columns + column - elements.columnStart;
          const delta = elements.checkpoint[at]! - elements.reference[at]!;
          const text = svg(
            'text',
            {
              class: 'element',
              x: x(column + 0.5),
              y: y(row + 0.5),
              'text-anchor': 'middle',
              'dominant-baseline': 'central',
            },
            score(delta),
          );
          text.style.fill = textOn(sequential(scale.at(Math.abs(delta)), theme));
          shapes.push(text);
        }
      }
    }
    const inside =
      ring !== undefined &&
      ring.row >= region.rowStart &&
      ring.row < region.rowEnd &&
      ring.column >= region.columnStart &&
      ring.column < region.columnEnd;
    if (inside) {
      shapes.push(
        svg('rect', {
          class: 'ring',
          x: x(ring.column) - Math.max(6 - cellWidth / 2, 0),
          y: y(ring.row) - Math.max(6 - cellHeight / 2, 0),
          width: Math.max(cellWidth, 12),
          height: Math.max(cellHeight, 12),
        }),
      );
    }
    return shapes;
  }
}

const share = (value: number, top: number) => (top > 0 ? value / top : 0);

/** The outline of bars along an axis, as `[along, across]`. */
function steps(
  values: Float32Array,
  start: number,
  length: number,
  across: (value: number) => number,
  base: number,
): [number, number][] {
  const points: [number, number][] = [[start, base]];
  values.forEach((value, i) => {
    const at = across(value);
    points.push([start + (i * length) / values.length, at], [start + ((i + 1) * length) / values.length, at]);
  });
  points.push([start + length, base]);
  return points;
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.length === 0 ? '' : `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}Z`;
}

/** A mark for every marked row or column in sight, at most one a pixel. */
function ticks(
  marked: Uint32Array,
  place: (at: number) => number,
  from: number,
  to: number,
  mark: (at: number) => string,
): string {
  let path = '';
  let last = Number.NEGATIVE_INFINITY;
  for (const neuron of marked) {
    if (neuron < from || neuron >= to) continue;
    const at = Math.round(place(neuron + 0.5) * 2) / 2;
    if (at - last < 1) continue;
    path += mark(at);
    last = at;
  }
  return path;
}

/** About four numbers along an axis: the first, the last, and round ones between. */
function axisNumbers(start: number, end: number): number[] {
  const last = end - 1;
  if (last - start < 12) return Array.from({ length: end - start }, (_, i) => start + i);
  const step = 10 ** Math.floor(Math.log10((last - start) / 2));
  const wide = (last - start) / step > 8 ? 5 * step : (last - start) / step > 4 ? 2 * step : step;
  const found = [];
  for (let at = Math.ceil(start / wide) * wide; at <= last; at += wide) found.push(at);
  return found;
}

/** Values as an image of one pixel each. */
function picture(values: ArrayLike<number>, width: number, height: number, scale: ColourScale): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  const colours = palette();
  for (let i = 0; i < width * height; i++) {
    const value = values[i]!;
    const colour = Number.isFinite(value) ? Math.round(scale.at(value) * 255) : 255;
    image.data.set(colours.subarray(colour * 4, colour * 4 + 4), i * 4);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

let known: { readonly theme: object; readonly colours: Uint8ClampedArray } | undefined;

/** The theme's colours in 256 steps, RGBA. */
function palette(): Uint8ClampedArray {
  const theme = currentTheme();
  if (known?.theme !== theme) {
    const colours = new Uint8ClampedArray(1024);
    for (let i = 0; i < 256; i++) {
      const [red, green, blue] = (sequential(i / 255, theme).match(/\d+/g) ?? []).map(Number);
      colours.set([red!, green!, blue!, 255], i * 4);
    }
    known = { theme, colours };
  }
  return known.colours;
}
