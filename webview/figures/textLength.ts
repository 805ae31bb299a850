import { fallbackWidth, type TextSize } from './textRoom.ts';

/* Texts of files, measured as this page shows them, and held to a length where others stand close. */

let context: CanvasRenderingContext2D | null | undefined;

/** Pixels to reckon with: the page's own font may be wider than fallbacks. */
export function roomFor(text: string, family: string, font: TextSize): number {
  context ??= document.createElement('canvas').getContext('2d');
  const fallback = fallbackWidth(text, font);
  if (context === null) return fallback;
  context.font = `${font.bold === true ? '600 ' : ''}${font.size}px ${family}`;
  return Math.max(context.measureText(text).width, fallback);
}

/** Has a text take the room that it takes here in whatever font it is shown: it stands between others. */
export function keepLength(text: SVGElement, length: number): void {
  if (!(length > 0)) return;
  text.setAttribute('textLength', length.toFixed(2));
  text.setAttribute('lengthAdjust', 'spacingAndGlyphs');
}

/** Edges, pixels. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * The length to which a text of a drawing is held so that it stays in a frame; undefined where no usual font is wide
 * enough to leave it. A text may be turned.
 */
export function heldLength(text: SVGTextElement, frame: Frame): number | undefined {
  const matrix = text.getCTM();
  const { x, y, width, height } = text.getBBox();
  if (matrix === null || width === 0) return undefined;
  const { fontSize, fontWeight, textAnchor } = getComputedStyle(text);
  const inside = (length: number) => {
    const left = { middle: x + (width - length) / 2, end: x + width - length }[textAnchor] ?? x;
    return [left, left + length].every((end) => {
      const place = new DOMPoint(end, y + height / 2).matrixTransform(matrix);
      return place.x >= frame.left && place.x <= frame.right && place.y >= frame.top && place.y <= frame.bottom;
    });
  };
  const font = { size: Number.parseFloat(fontSize), bold: Number(fontWeight) >= 600 };
  if (inside(Math.max(width, fallbackWidth(text.textContent ?? '', font)))) return undefined;
  const own = text.getComputedTextLength();
  if (inside(own)) return own;
  // Here it leaves the frame already.
  let [fits, leaves] = [0, own];
  while (leaves - fits > 0.5) {
    const half = (fits + leaves) / 2;
    if (inside(half)) fits = half;
    else leaves = half;
  }
  return fits;
}
