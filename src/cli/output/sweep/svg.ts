/* Writes SVG as text: elements with attributes, and text that cannot become markup. */

type Attributes = Readonly<Record<string, string | number>>;

/** Text of an element or of an attribute. What XML 1.0 cannot hold, escaped or not, is left out. */
export function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function shown(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toFixed(2))) : escaped(value);
}

/** @param content elements as text, or text made by {@link escaped} */
export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`);
  return content === '' ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${content}</${name}>`;
}

export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(text));
}
