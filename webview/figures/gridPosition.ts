/* Moves the focus in a grid of cells by keys. */

export interface GridPosition {
  readonly row: number;
  readonly column: number;
}

/**
 * Where a key moves the focus in a grid (the keys of the ARIA grid pattern,
 * https://www.w3.org/WAI/ARIA/apg/patterns/grid/); undefined for any other key.
 */
export function movedInGrid(
  { row, column }: GridPosition,
  { key, ctrlKey }: { readonly key: string; readonly ctrlKey: boolean },
  rows: number,
  columns: number,
): GridPosition | undefined {
  const clamped = (to: GridPosition): GridPosition => ({
    row: Math.min(Math.max(to.row, 0), rows - 1),
    column: Math.min(Math.max(to.column, 0), columns - 1),
  });
  switch (key) {
    case 'ArrowUp':
      return clamped({ row: row - 1, column });
    case 'ArrowDown':
      return clamped({ row: row + 1, column });
    case 'ArrowLeft':
      return clamped({ row, column: column - 1 });
    case 'ArrowRight':
      return clamped({ row, column: column + 1 });
    case 'PageUp':
      return clamped({ row: row - 8, column });
    case 'PageDown':
      return clamped({ row: row + 8, column });
    case 'Home':
      return { row: ctrlKey ? 0 : row, column: 0 };
    case 'End':
      return { row: ctrlKey ? rows - 1 : row, column: columns - 1 };
    default:
      return undefined;
  }
}
