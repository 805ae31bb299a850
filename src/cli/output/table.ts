import Table from 'cli-table3';
import { printable } from './printable.ts';

/* Draws the command line's tables. */

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

/** A table without colours; every cell is made printable. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) drawn.push(row.map(printable));
  return drawn.toString();
}
