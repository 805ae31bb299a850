/** What a figure made of cells does when a cell is pointed at, focused, chosen or left by key. */
export interface CellResponses<Place> {
  /** The cell's place, from attributes that the figure set on its `g.cell`. */
  placeOf(cell: SVGElement): Place;
  /** The cell is under the pointer or has the focus: say what it is. */
  show(place: Place): void;
  hide(): void;
  /** The cell was clicked. */
  choose(place: Place): void;
  /** Enter or the space bar was pressed: choose the cell that has the focus. */
  chooseFocused(): void;
  /** Any other key. @returns whether it meant something here */
  key(event: KeyboardEvent): boolean;
}

/**
 * Listens on the whole drawing, not on each of its thousand cells. A figure is one stop of the Tab key: it keeps
 * `tabindex` 0 on one cell and moves it with the arrow keys (ARIA's grid pattern).
 */
export function onCells<Place>(drawing: SVGSVGElement, responses: CellResponses<Place>): void {
  const placeAt = (target: EventTarget | null): Place | undefined => {
    const cell = target instanceof Element ? target.closest<SVGElement>('g.cell') : null;
    return cell === null ? undefined : responses.placeOf(cell);
  };
  drawing.addEventListener('pointerover', ({ target }) => {
    const place = placeAt(target);
    if (place === undefined) responses.hide();
    else responses.show(place);
  });
  drawing.addEventListener('pointerleave', () => responses.hide());
  drawing.addEventListener('focusin', ({ target }) => {
    const place = placeAt(target);
    if (place !== undefined) responses.show(place);
  });
  drawing.addEventListener('focusout', () => responses.hide());
  drawing.addEventListener('click', ({ target }) => {
    const place = placeAt(target);
    if (place !== undefined) responses.choose(place);
  });
  drawing.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') responses.chooseFocused();
    else if (!responses.key(event)) return;
    event.preventDefault();
  });
}
