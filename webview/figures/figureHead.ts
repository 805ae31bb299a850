import { svg } from '../page/dom.ts';
import { keepLength, roomFor } from './textLength.ts';
import { wrapped } from './textRoom.ts';

/* What a figure's file says around the drawing: title, what is drawn in which unit, legends, and of which run it is. */

/** Height of a line of text, pixels. */
const lineHeight = 17;

export interface HeadContent {
  readonly title: string;
  readonly caption: string;
  /** Legends on the page, which are copied. */
  readonly legends: readonly HTMLElement[];
  /** The run, its settings and its date; empty where they are not known. */
  readonly facts: string;
}

/** A caption without what only a page can do. */
function printedCaption(caption: string): string {
  return caption
    .split(/(?<=[.:;]) /)
    .filter((sentence) => !/^(Click|Press|Point|Choos)/.test(sentence))
    .join(' ');
}

/** A legend as shapes, its parts where they stand on the page. */
function legendShapes(legend: HTMLElement, y: number, style: object): SVGElement[] {
  const origin = legend.getBoundingClientRect();
  const shapes: SVGElement[] = [];
  for (const part of legend.querySelectorAll<HTMLElement>('span, i')) {
    const { left, width } = part.getBoundingClientRect();
    if (part.tagName === 'I') {
      const fill = getComputedStyle(part).backgroundColor;
      shapes.push(svg('rect', { x: left - origin.left, y: y + 4, width: width + 0.5, height: 9, fill }));
    } else if (part.childElementCount === 0) {
      const text = svg('text', { x: left - origin.left, y: y + 12, ...style }, part.textContent ?? '');
      keepLength(text, width);
      shapes.push(text);
    }
  }
  return shapes;
}

/**
 * The head as a group of shapes that ends above 0, and its height in pixels.
 *
 * @param width of the drawing, pixels
 */
export function figureHead(
  content: HeadContent,
  width: number,
): { readonly group: SVGGElement; readonly height: number } {
  const { fontFamily, color } = getComputedStyle(document.body);
  const style = { 'font-family': fontFamily, 'font-size': '12px', fill: color };
  const group = svg('g', {});
  let y = 0;
  const lines = (text: string, size: number, bold: boolean, more: object) => {
    const font = { size, bold };
    for (const line of wrapped(text, width, (part) => roomFor(part, fontFamily, font))) {
      group.append(svg('text', { x: 0, y: y + 12, ...style, ...more }, line));
      y += lineHeight;
    }
  };
  lines(content.title, 13, true, { 'font-size': '13px', 'font-weight': '600' });
  lines(printedCaption(content.caption), 12, false, {});
  for (const legend of content.legends) {
    if (legend.getClientRects().length === 0) continue;
    group.append(...legendShapes(legend, y, style));
    y += lineHeight;
  }
  lines(content.facts, 12, false, { fill: '#555555' });
  const height = y + 8;
  group.setAttribute('transform', `translate(0 ${-height})`);
  return { group, height };
}
