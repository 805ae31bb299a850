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

/**
 * Cuts a tensor into chunks of whole rows, or rows into pieces where one alone is larger than a chunk.
 * @param most elements of a chunk
 */
export function* chunksOf(shape: readonly number[], most: number): Generator<Chunk> {
  const row = rowLength(shape);
  const elements = (shape[0] ?? 1) * row;
  const whole = row <= most;
  const step = whole ? Math.floor(most / row) * row : most;
  for (let begin = 0; begin < elements; ) {
    const column = begin % row;
    const count = Math.min(step, whole ? elements - begin : row - column);
    yield { begin, count, column };
    begin += count;
  }
}
