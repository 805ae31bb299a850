/* By which column a table is sorted, and what a click on a head changes. */

export interface Sort<Column> {
  readonly column: Column;
  readonly descending: boolean;
}

/** A click on a column's head: sorts by it, numbers largest first, or turns the order round. */
export function sortedBy<Column>(sort: Sort<Column>, column: Column, firstDescending: boolean): Sort<Column> {
  return sort.column === column ? { column, descending: !sort.descending } : { column, descending: firstDescending };
}
