import { bisectRight } from 'd3';
import { html } from './dom.ts';

/* A list that draws only the rows in sight. */

/** Rows drawn beyond the visible ones, so that a scroll does not show a gap. */
const spare = 8;

/** A list that draws only the rows in sight. */
export class VirtualList {
  /** The scrolling element. */
  readonly element: HTMLElement;
  readonly #content = html('div', { class: 'rows', role: 'presentation' });
  readonly #row: (index: number) => HTMLElement;
  /** Top of every row, and the bottom of the last. */
  #tops: Float64Array = new Float64Array(1);
  // Reading these from the element in the middle of a redraw would lay the page out once more.
  #scrollTop = 0;
  #clientHeight = 0;
  #from = 0;
  #to = 0;

  /** @param row makes the row at an index; called again for every redraw */
  constructor(element: HTMLElement, row: (index: number) => HTMLElement) {
    this.element = element;
    this.#row = row;
    element.append(this.#content);
    const look = () => {
      this.#look();
      this.#draw(false);
    };
    element.addEventListener('scroll', look, { passive: true });
    new ResizeObserver(look).observe(element);
  }

  #look(): void {
    this.#scrollTop = this.element.scrollTop;
    this.#clientHeight = this.element.clientHeight;
  }

  /** The row at a distance from the top. */
  #rowAt(y: number): number {
    const at = bisectRight(this.#tops, y) - 1;
    return Math.min(Math.max(at, 0), Math.max(this.#tops.length - 2, 0));
  }

  /**
   * Draws afresh.
   *
   * @param height of every row, or of each
   */
  reset(length: number, height: number | ((index: number) => number)): void {
    const tops = new Float64Array(length + 1);
    for (let i = 0; i < length; i++) tops[i + 1] = tops[i]! + (typeof height === 'number' ? height : height(i));
    this.#tops = tops;
    this.#content.style.height = `${tops[length]}px`;
    this.#draw(true);
  }

  /** Draws the same rows again. */
  redraw(): void {
    this.#draw(true);
  }

  scrollToTop(): void {
    this.element.scrollTop = 0;
    this.#scrollTop = 0;
  }

  /** Scrolls no further than it takes to see the row. */
  scrollTo(index: number): void {
    const [top, bottom] = [this.#tops[index] ?? 0, this.#tops[index + 1] ?? 0];
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.element.scrollTop = bottom - clientHeight;
    this.#look();
    this.#draw(false);
  }

  #draw(afresh: boolean): void {
    const [scrollTop, clientHeight] = [this.#scrollTop, this.#clientHeight];
    const length = this.#tops.length - 1;
    const from = Math.max(this.#rowAt(scrollTop) - spare, 0);
    const to = Math.min(this.#rowAt(scrollTop + clientHeight) + 1 + spare, length);
    if (!afresh && from === this.#from && to === this.#to) return;
    [this.#from, this.#to] = [from, to];
    const rows: HTMLElement[] = [];
    for (let index = from; index < to; index++) {
      const row = this.#row(index);
      row.style.top = `${this.#tops[index]}px`;
      row.style.height = `${this.#tops[index + 1]! - this.#tops[index]!}px`;
      rows.push(row);
    }
    this.#content.replaceChildren(...rows);
  }
}
