import { svg } from '../page/dom.ts';

/* What a figure's file says around the drawing: title, what is drawn in which unit, legends, and of which run it is. */

/** Height of a line of text, pixels. */
const lineHeight = 17;
/** Mean width of a character at 12 pixels: enough to break lines by. */
const characterWidth = 6.3;

export interface HeadContent {
  readonly title: string;
  readonly caption: string;
  /** Legends on the page, which are copied. */
  readonly legends: readonly HTMLElement[];
  /** The run, its settings and its date; empty where they are not known. */
  readonly facts: string;
}

/** A caption without what only a page can do, in lines. */
function captionLines(caption: string, width: number): string[] {
  const sentences = caption.split(/(?<=[.:;]) /).filter((sentence) => !/^(Click|Press|Point|Choos)/.test(sentence));
  const longest = Math.max(Math.floor(width / characterWidth), 20);
  const lines: string[] = [];
  for (const word of sentences.join(' ').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < longest) lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== '') lines.push(word);
  }
  return lines;
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
      shapes.push(svg('text', { x: left - origin.left, y: y + 12, ...style }, part.textContent ?? ''));
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
  const line = (text: string, more: object) => {
    group.append(svg('text', { x: 0, y: y + 12, ...style, ...more }, text));
    y += lineHeight;
  };
  line(content.title, { 'font-size': '13px', 'font-weight': '600' });
  for (const text of captionLines(content.caption, width)) line(text, {});
  for (const legend of content.legends) {
    if (legend.getClientRects().length === 0) continue;
    group.append(...legendShapes(legend, y, style));
    y += lineHeight;
  }
  if (content.facts !== '') line(content.facts, { fill: '#555555' });
  const height = y + 8;
  group.setAttribute('transform', `translate(0 ${-height})`);
  return { group, height };
}
