import { html } from './dom.ts';

/** Rows drawn beyond the visible ones, so that a scroll does not show a gap. */
const spare = 8;

/** A list that draws only the rows in sight; every row has the same height. */
export class VirtualList {
  /** The scrolling element. */
  readonly element: HTMLElement;
  readonly #content = html('div', { class: 'rows', role: 'presentation' });
  readonly #row: (index: number) => HTMLElement;
  #rowHeight: number;
  #length = 0;
  #from = 0;
  #to = 0;

  /** @param row makes the row at an index; called again for every redraw */
  constructor(element: HTMLElement, rowHeight: number, row: (index: number) => HTMLElement) {
    this.element = element;
    this.#rowHeight = rowHeight;
    this.#row = row;
    element.append(this.#content);
    element.addEventListener('scroll', () => this.#draw(false), { passive: true });
    new ResizeObserver(() => this.#draw(false)).observe(element);
  }

  get length(): number {
    return this.#length;
  }

  get firstVisible(): number {
    return Math.floor(this.element.scrollTop / this.#rowHeight);
  }

  /** Draws afresh. */
  reset(length: number, rowHeight = this.#rowHeight): void {
    this.#length = length;
    this.#rowHeight = rowHeight;
    this.#content.style.height = `${length * rowHeight}px`;
    this.#draw(true);
  }

  scrollTo(index: number): void {
    const top = index * this.#rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + clientHeight) {
      this.element.scrollTop = top + this.#rowHeight - clientHeight;
    }
    this.#draw(false);
  }

  #draw(afresh: boolean): void {
    const from = Math.max(this.firstVisible - spare, 0);
    const to = Math.min(
      this.firstVisible + Math.ceil(this.element.clientHeight / this.#rowHeight) + spare,
      this.#length,
    );
    if (!afresh && from === this.#from && to === this.#to) return;
    [this.#from, this.#to] = [from, to];
    const rows: HTMLElement[] = [];
    for (let index = from; index < to; index++) {
      const row = this.#row(index);
      row.style.top = `${index * this.#rowHeight}px`;
      row.style.height = `${this.#rowHeight}px`;
      rows.push(row);
    }
    this.#content.replaceChildren(...rows);
  }
}
