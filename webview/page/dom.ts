/* Makes the elements of a page. Text only ever becomes text, never markup. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined | false;

function applied<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  // Strings become text nodes: nothing here ever parses markup.
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Sets attributes of an element that is there. */
export function set(element: Element, attributes: Attributes): void {
  applied(element, attributes, []);
}

/** An HTML element with attributes and children; strings are text. */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return applied(document.createElement(tag), attributes, children);
}

/** An SVG element with attributes and children; strings are text. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return applied(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** Untrusted text that cannot reorder its surroundings. */
export function isolated(text: string, className = 'token'): HTMLElement {
  return html('bdi', { class: className, dir: 'ltr' }, text);
}

/** A file or folder name: untrusted, shown whole on hover, cut at its start where there is no room. */
export function path(text: string): HTMLElement {
  return html('bdi', { class: 'path', dir: 'ltr', title: text }, text);
}

/** Calls back with the element's content size, now and whenever it changes. */
export function onResize(element: Element, callback: (width: number, height: number) => void): void {
  let [width, height] = [0, 0];
  new ResizeObserver(([entry]) => {
    const { inlineSize, blockSize } = entry!.contentBoxSize[0]!;
    const [nextWidth, nextHeight] = [Math.floor(inlineSize), Math.floor(blockSize)];
    if (nextWidth === width && nextHeight === height) return;
    [width, height] = [nextWidth, nextHeight];
    if (width > 0) callback(width, height);
  }).observe(element);
}

/** A drop-down of `@vscode-elements/elements`. */
export function dropdown<Value extends string>(
  label: string,
  options: readonly (readonly [value: Value, label: string])[],
  onChange: (value: Value) => void,
): { readonly element: HTMLElement; set(value: Value): void } {
  const select = html('vscode-single-select', { 'aria-label': label, label });
  for (const [value, text] of options) select.append(html('vscode-option', { value }, text));
  select.addEventListener('change', () => {
    const chosen = options.find(([value]) => value === select.value);
    if (chosen !== undefined) onChange(chosen[0]);
  });
  return {
    element: html('label', { class: 'field' }, html('span', {}, label), select),
    set(value) {
      if (select.value !== value) select.value = value;
    },
  };
}

/** A button of `@vscode-elements/elements`. */
export function button(text: string, onClick: () => void, secondary = true): HTMLElementTagNameMap['vscode-button'] {
  const element = html('vscode-button', { secondary }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** A quiet button that looks like a link. */
export function link(text: string, onClick: () => void, title?: string): HTMLButtonElement {
  const element = html('button', { type: 'button', class: 'link', title }, text);
  element.addEventListener('click', onClick);
  return element;
}
