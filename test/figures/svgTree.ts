/*
 * SVG files as trees, for the gallery: what XMLSerializer writes, and nothing more of XML than that.
 */

export interface SvgElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (SvgElement | string)[];
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string, characters: RegExp): string {
  return text.replace(characters, (character) => entities[character]!);
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(amp|lt|gt|quot|nbsp));/gi, (_, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0' }[String(name)]!;
  });
}

const token = /<\?[^?]*\?>|<\/[^>]*>|<([^\s/>]+)((?:\s+[^\s=]+="[^"]*")*)\s*(\/?)>|([^<]+)/gy;

/** @throws Error for what is not one element with all that belongs to it */
export function parseSvg(text: string): SvgElement {
  const top: (SvgElement | string)[] = [];
  const open: { readonly children: (SvgElement | string)[] }[] = [{ children: top }];
  token.lastIndex = 0;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    const found = token.exec(text);
    if (found === null) throw new Error(`not SVG as it is exported: ${text.slice(at, at + 60)}`);
    const [whole, name, attributes, closed, content] = found;
    const { children } = open.at(-1)!;
    if (content !== undefined) {
      // Between elements, the lines that the gallery's own files are broken into.
      if (!/^\n *$/.test(content)) children.push(unescaped(content));
    } else if (name !== undefined) {
      const pairs = [...attributes!.matchAll(/([^\s=]+)="([^"]*)"/g)];
      const own = { children: [] };
      children.push({ name, attributes: new Map(pairs.map(([, key, value]) => [key!, unescaped(value!)])), ...own });
      if (closed === '') open.push(own);
    } else if (whole.startsWith('</')) open.pop();
  }
  const [root] = top;
  if (open.length !== 1 || top.length !== 1 || typeof root !== 'object') throw new Error('not one whole SVG element');
  return root;
}

/** An element a line, so that a change can be read line by line; texts stay as they are. */
function lines({ name, attributes, children }: SvgElement, indent: string): string {
  const own = [...attributes].map(([key, value]) => ` ${key}="${escaped(value, /[&<>"]/g)}"`).join('');
  if (children.length === 0) return `${indent}<${name}${own}/>\n`;
  if (children.some((child) => typeof child === 'string')) {
    const inside = children.map((child) =>
      typeof child === 'string' ? escaped(child, /[&<>]/g) : lines(child, '').trimEnd(),
    );
    return `${indent}<${name}${own}>${inside.join('')}</${name}>\n`;
  }
  const inside = children.map((child) => lines(child as SvgElement, `${indent} `));
  return `${indent}<${name}${own}>\n${inside.join('')}${indent}</${name}>\n`;
}

export function svgText(root: SvgElement): string {
  return lines(root, '');
}
