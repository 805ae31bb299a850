/* Tells what changed between a kept figure and one that is drawn now. */
import { differentPixels, pngPixels } from './pngPixels.ts';
import { parseSvg, type SvgElement } from './svgTree.ts';

/** Where a shape is and how large: a tenth of a pixel is not seen. Anything else may differ in its last digit alone. */
const geometry = /^(x|y|[xy][12]|d[xy]?|c[xy]|r[xy]?|width|height|transform|viewBox|points|font-size)$/;
const geometryTolerance = 0.1;
const tolerance = 0.011;

const number = /-?\d+(?:\.\d+)?/g;

function alike(name: string, a: string, b: string): boolean {
  if (a === b) return true;
  if (a.replace(number, '#') !== b.replace(number, '#')) return false;
  const [as, bs] = [a.match(number) ?? [], b.match(number) ?? []];
  const most = geometry.test(name) ? geometryTolerance : tolerance;
  return as.every((value, i) => Math.abs(Number(value) - Number(bs[i])) <= most);
}

const pixelsStart = 'data:image/png;base64,';

/** What differs between two embedded pictures; undefined when nothing that can be seen does. */
function pixelDifference(a: string, b: string): string | undefined {
  const [before, now] = [a, b].map((href) => pngPixels(Buffer.from(href.slice(pixelsStart.length), 'base64')));
  const count = differentPixels(before!, now!);
  if (count === 0) return undefined;
  return count === undefined
    ? `${before!.width} × ${before!.height} pixels became ${now!.width} × ${now!.height}`
    : `${count} pixels`;
}

function attributeDifference(name: string, a: string | undefined, b: string | undefined): string | undefined {
  if (name === 'href' && a?.startsWith(pixelsStart) && b?.startsWith(pixelsStart)) {
    const pixels = a === b ? undefined : pixelDifference(a, b);
    return pixels === undefined ? undefined : `picture: ${pixels}`;
  }
  if (a !== undefined && b !== undefined && alike(name, a, b)) return undefined;
  return `${name} “${a ?? 'none'}” became “${b ?? 'none'}”`;
}

function compare(a: SvgElement, b: SvgElement, place: string, found: string[]): void {
  if (a.name !== b.name) {
    found.push(`${place}: <${a.name}> became <${b.name}>`);
    return;
  }
  for (const name of new Set([...a.attributes.keys(), ...b.attributes.keys()])) {
    const difference = attributeDifference(name, a.attributes.get(name), b.attributes.get(name));
    if (difference !== undefined) found.push(`${place}: ${difference}`);
  }
  if (a.children.length !== b.children.length) {
    found.push(`${place}: ${a.children.length} parts became ${b.children.length}`);
    return;
  }
  a.children.forEach((before, i) => {
    const now = b.children[i]!;
    if (typeof before === 'object' && typeof now === 'object') {
      compare(before, now, `${place} > ${before.name} ${i + 1}`, found);
    } else if (before !== now) {
      found.push(
        `${place}: text “${typeof before === 'string' ? before : `<${before.name}>`}” became “${typeof now === 'string' ? now : `<${now.name}>`}”`,
      );
    }
  });
}

/**
 * What can be seen to differ between two figures of the gallery, a sentence each. Not told apart are the last digits of
 * a place, which V8's functions are free in, and how a browser packs pixels.
 */
export function figureDifferences(kept: string, drawn: string): string[] {
  const found: string[] = [];
  if (kept !== drawn) compare(parseSvg(kept), parseSvg(drawn), 'svg', found);
  return found;
}
