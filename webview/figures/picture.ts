import { figureHead, type HeadContent } from './figureHead.ts';
import { columnWidths, layoutWidths, type PaperWidth } from './paperWidth.ts';
import { heldLength, keepLength } from './textLength.ts';

/* Turns a drawing on the page into a file that stands on its own. */

// What the style sheet decides about shapes and text; a file has no style sheet.
const inlined = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant-numeric',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'visibility',
  'display',
] as const;

const pageOnly = new Set(['id', 'class', 'role', 'tabindex', 'style']);

function inlineStyles(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of [...to.getAttributeNames()]) {
    // A pattern is referred to by its id.
    if (name === 'id' && to.tagName === 'pattern') continue;
    // Pixels are named so: a file carries them as `data:`, which the page itself may not load.
    if (name === 'data-pixels') to.setAttribute('href', from.getAttribute(name)!);
    if (pageOnly.has(name) || name.startsWith('aria-') || name.startsWith('data-')) to.removeAttribute(name);
  }
  for (const property of inlined) {
    const value = style.getPropertyValue(property);
    if (value !== '' && value !== 'normal') to.setAttribute(property, value);
  }
  for (let i = 0; i < from.children.length; i++) inlineStyles(from.children[i]!, to.children[i]!);
}

/** Around the drawing in a file, pixels. */
const border = 10;

// XML 1.0 has no way to write most control characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Texts that a wider font would push out of the file, or into each other where they stand close, keep their length. */
function holdTexts(from: SVGSVGElement, to: SVGSVGElement, width: number, height: number): void {
  const frame = { left: -border, top: -border, right: width + border, bottom: height + border };
  const copies = to.querySelectorAll('text');
  from.querySelectorAll('text').forEach((text, i) => {
    const close = text.closest('[data-close]') !== null;
    keepLength(copies[i]!, heldLength(text, frame) ?? (close ? text.getComputedTextLength() : 0));
  });
}

/** The widest drawing that is still read in one column of a paper, pixels. */
const widestInOne = 420;

/** Without classes that mark what is chosen on the page. @returns gives them back */
function withoutMarks(drawing: SVGSVGElement): () => void {
  const marked = [...drawing.querySelectorAll('.selected')];
  for (const element of marked) element.classList.remove('selected');
  return () => {
    for (const element of marked) element.classList.add('selected');
  };
}

/**
 * The drawing as an SVG file on the page's background, as wide as one or two columns of a paper. It must be on the page, for
 * its styles; what is chosen there is not marked.
 *
 * @param paper `shown`: one column where letters can be read in it, else two
 */
export function svgFile(drawing: SVGSVGElement, background: string, head: HeadContent, paper: PaperWidth): string {
  const marks = withoutMarks(drawing);
  const { width: drawn, height } = drawing.getBoundingClientRect();
  // A narrow drawing is not blown up: letters are as large in every figure of a paper.
  const width = paper === 'shown' ? drawn : Math.max(drawn, layoutWidths[paper]);
  // In a document of its own, which loads nothing.
  const file = document.implementation.createDocument(null, null);
  const copy = file.importNode(drawing, true);
  inlineStyles(drawing, copy);
  holdTexts(drawing, copy, width, height);
  marks();
  const above = figureHead(head, width);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const [fullWidth, fullHeight] = [Math.ceil(width) + 2 * border, Math.ceil(height + above.height) + 2 * border];
  const millimetres = columnWidths[paper !== 'shown' ? paper : fullWidth <= widestInOne ? 'one' : 'two'];
  copy.setAttribute('width', `${millimetres}mm`);
  copy.setAttribute('height', `${((millimetres * fullHeight) / fullWidth).toFixed(2)}mm`);
  copy.setAttribute('viewBox', `${-border} ${-border - above.height} ${fullWidth} ${fullHeight}`);
  copy.removeAttribute('display');
  const sheet = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  sheet.setAttribute('x', String(-border));
  sheet.setAttribute('y', String(-border - above.height));
  sheet.setAttribute('width', '100%');
  sheet.setAttribute('height', '100%');
  sheet.setAttribute('fill', background);
  copy.prepend(sheet, file.importNode(above.group, true));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy).replace(notXml, '')}\n`;
}

/** Device pixels a CSS pixel, whatever the screen: 384 dots an inch, for a paper. */
const pngScale = 4;
/** Browsers give up on larger canvases. */
const maxCanvas = 16384;

/** An SVG file drawn as PNG. */
export async function pngFile(file: string): Promise<Uint8Array> {
  const url = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(pngScale, maxCanvas / image.naturalWidth, maxCanvas / image.naturalHeight);
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('The figure is too large for a PNG; save it as SVG.');
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}
