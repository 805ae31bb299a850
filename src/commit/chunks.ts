/* How a tensor is cut to go through the kernel's memory: chunks of whole rows, and runs of rows that are treated alike. */

/** A run of a tensor's elements, counted from the tensor's start. */
export interface Chunk {
  readonly begin: number;
  readonly count: number;
  /** Column that the chunk starts at. */
  readonly column: number;
}

/** Rows of a tensor seen as a matrix: all axes but the first make up a row; a vector is a column of one-element rows. */
export function rowLength(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/**
 * Cuts elements `from` up to, not including, `to` into chunks of whole rows, or rows into pieces where one alone is larger
 * than a chunk.
 * @param from a row's first element; @param to likewise, or the tensor's end
 * @param most elements of a chunk
 */
export function* chunksOf(from: number, to: number, row: number, most: number): Generator<Chunk> {
  if (row === 0) return;
  const whole = row <= most;
  const step = whole ? Math.floor(most / row) * row : most;
  for (let begin = from; begin < to; ) {
    const column = begin % row;
    const count = Math.min(step, whole ? to - begin : row - column);
    yield { begin, count, column };
    begin += count;
  }
}

/** Rows `from` up to, not including, `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** All rows in order, cut where they begin or cease to be among the kept. @param kept ascending and apart */
export function* rowRuns(rows: number, kept: readonly RowRange[]): Generator<RowRange & { readonly kept: boolean }> {
  let at = 0;
  for (const { from, to } of kept) {
    if (from > at) yield { from: at, to: from, kept: false };
    yield { from, to, kept: true };
    at = to;
  }
  if (at < rows) yield { from: at, to: rows, kept: false };
}
