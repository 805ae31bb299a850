import type { TensorMaps, TensorWindow } from '../../../src/protocol/comparison.ts';
import { csv } from '../../figures/csv.ts';
import { html, svg } from '../../page/dom.ts';
import { type DeltaMap, frameOf } from './deltaMap.ts';

/* Maps of change as files: their numbers as CSV, or all of them as one drawing. */

/** Names of a pair's two sides. */
interface Sides {
  readonly reference: string;
  readonly checkpoint: string;
}

/** Single elements of each pair, a row each. */
export function elementsCsv(pairs: readonly (Sides & { readonly elements: TensorWindow })[]): string {
  return csv(
    ['reference', 'checkpoint', 'row', 'column', 'reference_value', 'checkpoint_value', 'delta'],
    pairs.flatMap(({ reference, checkpoint, elements }) =>
      Array.from(elements.reference, (before, at) => [
        reference,
        checkpoint,
        elements.rowStart + Math.floor(at / elements.columns),
        elements.columnStart + (at % elements.columns),
        before,
        elements.checkpoint[at]!,
        elements.checkpoint[at]! - before,
      ]),
    ),
  );
}

/** Cells of each pair's whole map, a row each. */
export function cellsCsv(pairs: readonly (Sides & { readonly maps: TensorMaps | undefined })[]): string {
  return csv(
    ['reference', 'checkpoint', 'cell_row', 'cell_column', 'max_abs_delta'],
    pairs.flatMap(({ reference, checkpoint, maps }) =>
      Array.from(maps?.map.values ?? [], (value, at) => [
        reference,
        checkpoint,
        Math.floor(at / maps!.map.columns),
        at % maps!.map.columns,
        value,
      ]),
    ),
  );
}

/** All maps of a grid as one drawing, their pixels as images. It is in the page, for its styles, until `done`. */
export function mapsSheet(grid: HTMLElement, maps: readonly DeltaMap[]): { svg: SVGSVGElement; done: () => void } {
  const origin = grid.getBoundingClientRect();
  const sheet = svg('svg', { class: 'delta-overlay', width: origin.width, height: origin.height });
  for (const map of maps) {
    const box = map.element.getBoundingClientRect();
    sheet.append(
      svg(
        'g',
        { transform: `translate(${box.left - origin.left},${box.top - origin.top})` },
        svg('image', {
          'data-pixels': map.canvas.toDataURL('image/png'),
          x: frameOf.left,
          y: frameOf.top,
          width: map.inner.width,
          height: map.inner.height,
          preserveAspectRatio: 'none',
        }),
        ...[...map.overlay.children].map((child) => child.cloneNode(true)),
      ),
    );
  }
  const holder = html('div', { class: 'sheet' }, sheet);
  document.body.append(holder);
  return { svg: sheet, done: () => holder.remove() };
}
