import { html } from './dom.ts';

/** One tooltip for the page: rows of name and value under a heading, beside what it is about. */
export class Tooltip {
  readonly #element = html('div', { class: 'tooltip', role: 'tooltip', hidden: true });

  readonly #gone = new AbortController();
  #about: Element | undefined;

  constructor() {
    const { signal } = this.#gone;
    document.body.append(this.#element);
    document.addEventListener('keydown', ({ key }) => key === 'Escape' && this.hide(), { signal });
    // A key that moves the focus scrolls to it, after the tooltip is shown.
    document.addEventListener('scroll', () => this.#follow(), { capture: true, passive: true, signal });
  }

  dispose(): void {
    this.#gone.abort();
    this.#element.remove();
  }

  show(about: Element, heading: Node | string, rows: readonly (readonly [string, string])[]): void {
    const table = html('dl', {}, ...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
    this.#element.replaceChildren(html('div', { class: 'heading' }, heading), table);
    this.#element.hidden = false;
    this.#about = about;
    this.#place(about.getBoundingClientRect());
  }

  hide(): void {
    this.#element.hidden = true;
    this.#about = undefined;
  }

  /** What it is about moved: it stays beside it, or goes with it out of sight. */
  #follow(): void {
    const target = this.#about?.getBoundingClientRect();
    if (target === undefined) return;
    const seen =
      target.bottom > 0 && target.top < window.innerHeight && target.right > 0 && target.left < window.innerWidth;
    if (seen) this.#place(target);
    else this.hide();
  }

  #place(target: DOMRect): void {
    const own = this.#element.getBoundingClientRect();
    const below = target.bottom + 6 + own.height < window.innerHeight;
    const left = Math.min(
      Math.max(target.left + target.width / 2 - own.width / 2, 4),
      window.innerWidth - own.width - 4,
    );
    this.#element.style.left = `${Math.max(left, 4)}px`;
    this.#element.style.top = `${below ? target.bottom + 6 : Math.max(target.top - own.height - 6, 4)}px`;
  }
}
