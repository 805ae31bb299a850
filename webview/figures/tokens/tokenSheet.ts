import { svg } from '../../page/dom.ts';
import { keepLength } from '../textLength.ts';

/* Turns a text drawn as tokens in HTML into one drawing in SVG, for export. */

/**
 * The parts of a sheet as shapes and texts where they stand. The sheet must be on the page; its content becomes the drawing.
 *
 * @param fontFamily of the tokens
 */
export function sheetDrawing(sheet: HTMLElement, fontFamily: string): SVGSVGElement {
  const origin = sheet.getBoundingClientRect();
  const shapes: SVGElement[] = [];
  for (const part of sheet.querySelectorAll<HTMLElement>('.map-heads > div, .row-name, .tok')) {
    const { left, top, width, height } = part.getBoundingClientRect();
    const own = getComputedStyle(part);
    const [x, y] = [left - origin.left, top - origin.top];
    const outlined = part.classList.contains('target');
    if (own.backgroundColor !== 'rgba(0, 0, 0, 0)' || outlined) {
      const rect = svg('rect', { x, y, width, height });
      rect.style.fill = own.backgroundColor;
      if (outlined) {
        rect.style.stroke = own.outlineColor;
        rect.style.strokeWidth = '1.5';
      }
      shapes.push(rect);
    }
    const text = svg(
      'text',
      { x, y: y + height / 2, 'dominant-baseline': 'central', 'xml:space': 'preserve' },
      part.textContent ?? '',
    );
    text.style.fill = own.color;
    text.style.whiteSpace = 'pre';
    text.style.fontFamily = fontFamily;
    text.style.fontSize = own.fontSize;
    shapes.push(text);
  }
  const drawing = svg('svg', { width: origin.width, height: origin.height }, ...shapes);
  sheet.replaceChildren(drawing);
  // Token stands beside token.
  for (const text of drawing.querySelectorAll('text')) keepLength(text, text.getComputedTextLength());
  return drawing;
}
