/* An exported figure in the form in which the gallery keeps it. */
import { parseSvg, type SvgElement, svgText } from './svgTree.ts';

/** What a shape has from what holds it unless it says otherwise, and what it has where nothing does. */
const inherited: ReadonlyMap<string, string> = new Map([
  ['fill', 'rgb(0, 0, 0)'],
  ['fill-opacity', '1'],
  ['stroke', 'none'],
  ['stroke-width', '1px'],
  ['stroke-dasharray', 'none'],
  ['font-family', ''],
  ['font-size', ''],
  ['font-weight', '400'],
  ['font-variant-numeric', 'normal'],
  ['text-anchor', 'start'],
  ['dominant-baseline', 'auto'],
  ['paint-order', 'normal'],
  ['visibility', 'visible'],
]);

function saysNothing(name: string, value: string, from: ReadonlyMap<string, string>): boolean {
  if (name === 'opacity') return value === '1';
  if (name === 'display') return value !== 'none';
  return from.get(name) === value;
}

/** Numbers to a hundredth: the rest is below what is seen, and not alike in all versions of a browser. */
function rounded(name: string, value: string): string {
  if (name === 'href' || name === 'font-family') return value;
  return value.replace(/-?\d*\.\d+(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2)) + 0));
}

function plain({ name, attributes, children }: SvgElement, from: ReadonlyMap<string, string>): SvgElement {
  const said = [...attributes].map(([key, value]) => [key, rounded(key, value)] as const);
  const own = new Map([...from, ...said.filter(([key]) => inherited.has(key))]);
  return {
    name,
    attributes: new Map(said.filter(([key, value]) => !saysNothing(key, value, from))),
    children: children.map((child) => (typeof child === 'string' ? child : plain(child, own))),
  };
}

/**
 * An exported figure in the form in which the gallery keeps it, which looks the same and can be read: without what
 * every shape has from its parent, and an element a line.
 */
export function plainSvg(exported: string): string {
  return svgText(plain(parseSvg(exported), inherited));
}
