import { html } from './dom.ts';

/** One tooltip for the page: rows of name and value under a heading, beside what it is about. */
export class Tooltip {
  readonly #element = html('div', { class: 'tooltip', role: 'tooltip', hidden: true });

  readonly #gone = new AbortController();

  constructor() {
    const { signal } = this.#gone;
    document.body.append(this.#element);
    document.addEventListener('keydown', ({ key }) => key === 'Escape' && this.hide(), { signal });
    document.addEventListener('scroll', () => this.hide(), { capture: true, passive: true, signal });
  }

  dispose(): void {
    this.#gone.abort();
    this.#element.remove();
  }

  show(about: Element, heading: Node | string, rows: readonly (readonly [string, string])[]): void {
    const table = html('dl', {}, ...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
    this.#element.replaceChildren(html('div', { class: 'heading' }, heading), table);
    this.#element.hidden = false;
    const target = about.getBoundingClientRect();
    const own = this.#element.getBoundingClientRect();
    const below = target.bottom + 6 + own.height < window.innerHeight;
    const left = Math.min(
      Math.max(target.left + target.width / 2 - own.width / 2, 4),
      window.innerWidth - own.width - 4,
    );
    this.#element.style.left = `${Math.max(left, 4)}px`;
    this.#element.style.top = `${below ? target.bottom + 6 : Math.max(target.top - own.height - 6, 4)}px`;
  }

  hide(): void {
    this.#element.hidden = true;
  }
}
