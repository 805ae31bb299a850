/* How a tensor is cut to go through the fusion kernel's memory. */

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

/** A run of elements, `from` up to, not including, `to`, counted from a tensor's start. */
export interface ElementRange {
  readonly from: number;
  readonly to: number;
}

/** Elements of a tensor. */
export function elementsOf(shape: readonly number[]): number {
  return (shape[0] ?? 1) * rowLength(shape);
}

/**
 * Cuts a tensor into chunks of whole rows, or rows into pieces where one alone is larger than a chunk. A range that
 * begins or ends within a row has a piece of it there.
 * @param most elements of a chunk
 * @param range of the tensor; all of it unless said
 */
export function* chunksOf(
  shape: readonly number[],
  most: number,
  { from, to }: ElementRange = { from: 0, to: elementsOf(shape) },
): Generator<Chunk> {
  const row = rowLength(shape);
  const whole = row <= most;
  const step = whole ? Math.floor(most / row) * row : most;
  for (let begin = from; begin < to; ) {
    const column = begin % row;
    const count = Math.min(step, to - begin, whole && column === 0 ? step : row - column);
    yield { begin, count, column };
    begin += count;
  }
}
