/* Cuts a tensor into chunks that fit the fusion kernel's memory. */

/** A run of a tensor's elements, by bytes from the tensor's start. */
export interface Chunk {
  readonly begin: number;
  readonly bytes: number;
  /** Column that the chunk starts at. */
  readonly column: number;
}

/** Rows of a tensor seen as a matrix: all axes but the first make up a row; a vector is a column of one-element rows. */
export function rowLength(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/**
 * Cuts a tensor into chunks of whole rows, or rows into pieces where one alone is larger than a chunk.
 * @param maxBytes most bytes of a chunk, a multiple of the element size
 */
export function* chunksOf(
  byteLength: number,
  rowBytes: number,
  elementBytes: number,
  maxBytes: number,
): Generator<Chunk> {
  if (rowBytes === 0) return;
  const whole = rowBytes <= maxBytes;
  const step = whole ? Math.floor(maxBytes / rowBytes) * rowBytes : maxBytes;
  for (let begin = 0; begin < byteLength; ) {
    const inRow = begin % rowBytes;
    const limit = whole ? byteLength - begin : rowBytes - inRow;
    const bytes = Math.min(step, limit);
    yield { begin, bytes, column: inRow / elementBytes };
    begin += bytes;
  }
}
