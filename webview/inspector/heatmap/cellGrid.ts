import { onCells } from '../../figures/cellEvents.ts';
import type { GridPosition } from '../../figures/gridPosition.ts';
import { svg } from '../../page/dom.ts';
import { textOn } from '../../page/theme.ts';

/* The drawing of a grid of coloured cells that keys move in: what has not changed is not drawn again, as a slider's steps are many. */

/** Nothing is said to screen readers while the slider moves. */
const describeAfter = 150;

/** What a cell looks like. */
export interface CellLook {
  readonly fill: string;
  /** What is written in it; empty where there is no room. */
  readonly label: string;
  readonly selected: boolean;
}

export interface CellGridOptions<Cell extends GridPosition> {
  /** Heads of the columns, and labels of the rows. */
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** What screen readers read. */
  readonly nameOf: (cell: Cell) => string;
  /** Whether what the cell stands for is unfolded; undefined where nothing unfolds. */
  readonly expandedOf?: (cell: Cell) => boolean | undefined;
  readonly show: (cell: Cell, element: SVGGElement) => void;
  readonly hide: () => void;
  /** @param byKey not by the pointer */
  readonly choose: (cell: Cell, byKey: boolean) => void;
  /** A key's new place; undefined for any that moves nothing. */
  readonly moved: (from: GridPosition, event: KeyboardEvent) => GridPosition | undefined;
  /** Escape was pressed. @returns whether it meant something here */
  readonly fold: () => boolean;
}

/** A grid by ARIA's pattern; its cells lie where {@link CellGrid.place} is told. */
export class CellGrid<Cell extends GridPosition> {
  readonly drawing: SVGSVGElement;
  readonly heads: readonly SVGTextElement[];
  readonly labels: readonly SVGTextElement[];
  readonly #options: CellGridOptions<Cell>;
  readonly #groups: readonly (readonly SVGGElement[])[];
  readonly #shapes;
  #cells: readonly Cell[] = [];
  #focus: GridPosition = { row: 0, column: 0 };
  #describing: number | undefined;

  constructor(options: CellGridOptions<Cell>) {
    this.#options = options;
    const { columns, rows, hide, choose, moved, fold } = options;
    this.drawing = svg('svg', {
      class: 'heatmap',
      role: 'grid',
      'aria-rowcount': rows.length + 1,
      'aria-colcount': columns.length,
    });
    this.heads = columns.map((name, column) =>
      svg('text', { class: 'axis', 'text-anchor': 'middle', role: 'columnheader', 'data-column': column }, name),
    );
    this.labels = rows.map((name) =>
      svg('text', { class: 'axis', 'text-anchor': 'end', 'dominant-baseline': 'central', role: 'rowheader' }, name),
    );
    this.drawing.append(svg('g', { role: 'row' }, ...this.heads));
    this.#groups = this.labels.map((label, row) => {
      const cells = columns.map((_, column) =>
        svg(
          'g',
          { class: 'cell', role: 'gridcell', tabindex: -1, 'data-row': row, 'data-column': column },
          svg('rect'),
          svg('text', { 'text-anchor': 'middle', 'dominant-baseline': 'central' }),
        ),
      );
      this.drawing.append(svg('g', { role: 'row' }, label, ...cells));
      return cells;
    });
    this.#shapes = this.#groups.map((cells) =>
      cells.map((cell) => {
        const [rect, text] = cell.children as unknown as [SVGRectElement, SVGTextElement];
        const label = document.createTextNode('');
        text.append(label);
        return { rect, text, label, fill: '', ink: '', selected: false };
      }),
    );
    this.focus(this.#focus, false);
    onCells<GridPosition>(this.drawing, {
      placeOf: ({ dataset }) => ({ row: Number(dataset['row']), column: Number(dataset['column']) }),
      show: (position) => {
        const cell = this.cellAt(position);
        if (cell !== undefined) options.show(cell, this.#groups[position.row]![position.column]!);
      },
      hide,
      choose: (position) => {
        this.focus(position, true);
        const cell = this.cellAt(position);
        if (cell !== undefined) choose(cell, false);
      },
      chooseFocused: () => {
        const cell = this.cellAt(this.#focus);
        if (cell !== undefined) choose(cell, true);
      },
      key: (event) => {
        if (event.key === 'Escape') return fold();
        const to = moved(this.#focus, event);
        if (to !== undefined) this.focus(to, true);
        return to !== undefined;
      },
    });
  }

  /** Undefined until cells were drawn. */
  cellAt({ row, column }: GridPosition): Cell | undefined {
    return this.#cells[row * this.heads.length + column];
  }

  /** The cell that the Tab key comes to. @param take whether it has the focus now */
  focus(position: GridPosition, take: boolean): void {
    this.#groups[this.#focus.row]![this.#focus.column]!.setAttribute('tabindex', '-1');
    this.#focus = position;
    const cell = this.#groups[position.row]![position.column]!;
    cell.setAttribute('tabindex', '0');
    if (take) cell.focus();
  }

  /** Pixels. */
  place({ row, column }: GridPosition, x: number, y: number, width: number, height: number): void {
    const { rect, text } = this.#shapes[row]![column]!;
    rect.setAttribute('x', String(x + 0.5));
    rect.setAttribute('y', String(y + 0.5));
    rect.setAttribute('width', String(width - 1));
    rect.setAttribute('height', String(height - 1));
    text.setAttribute('x', String(x + width / 2));
    text.setAttribute('y', String(y + height / 2 + 0.5));
  }

  /** @param cells row by row */
  draw(cells: readonly Cell[], look: (cell: Cell) => CellLook): void {
    const first = this.#cells.length === 0;
    this.#cells = cells;
    for (const cell of cells) {
      const parts = this.#shapes[cell.row]![cell.column]!;
      const { fill, label, selected } = look(cell);
      if (fill !== parts.fill) {
        parts.fill = fill;
        parts.rect.style.fill = fill;
        const ink = textOn(fill);
        if (ink !== parts.ink) parts.text.style.fill = ink;
        parts.ink = ink;
      }
      if (parts.label.data !== label) parts.label.data = label;
      if (selected !== parts.selected) {
        parts.selected = selected;
        this.#groups[cell.row]![cell.column]!.classList.toggle('selected', selected);
      }
    }
    clearTimeout(this.#describing);
    if (first) this.#describe();
    else this.#describing = window.setTimeout(() => this.#describe(), describeAfter);
  }

  /** What screen readers read, once the numbers stand still: 296 attributes a step are a third of a frame. */
  #describe(): void {
    const { nameOf, expandedOf } = this.#options;
    for (const cell of this.#cells) {
      const group = this.#groups[cell.row]![cell.column]!;
      group.setAttribute('aria-selected', String(this.#shapes[cell.row]![cell.column]!.selected));
      group.setAttribute('aria-label', nameOf(cell));
      const expanded = expandedOf?.(cell);
      if (expanded !== undefined) group.setAttribute('aria-expanded', String(expanded));
    }
  }
}
