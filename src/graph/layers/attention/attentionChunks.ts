/* The chunks of consecutive rows that attention's backward is computed in. */

/**
 * Into how many chunks of rows attention's backward is cut at most. By count, targets spread over the second half of the
 * rows: two do 75 % of what one does, four 50 %, eight 39 %, at 35 nodes a layer each (twice as many in parts). On the CPU eight
 * were no faster than four at 1024 rows, and their sections took 20 MB more in six layers.
 */
export const attentionChunks = 4;

/** Shorter chunks save less than they cost beside. */
export const leastChunkRows = 64;

/** Rows `from` up to, not including, `end`. */
export interface ChunkRows {
  readonly from: number;
  readonly end: number;
}

/** Chunks of a batch of so many rows, of equal length. @param least rows of a chunk, unless there is only one */
export function chunksOf(rows: number, least = leastChunkRows): readonly ChunkRows[] {
  const used = Math.max(1, Math.min(attentionChunks, Math.floor(rows / least)));
  const start = (chunk: number) => Math.floor((chunk * rows) / used);
  return Array.from({ length: used }, (_, chunk) => ({ from: start(chunk), end: start(chunk + 1) }));
}

/** Rows that are computed of a target in a batch of so many rows: to the end of the chunk that its own row is in. */
export function attendingRows(target: number, rows: number): number {
  return chunksOf(rows).find(({ end }) => target < end)!.end;
}

/** Pairs of a row and a key that are computed for it; rows squared, if there is but one chunk. */
export function attendedPairs(target: number, rows: number): number {
  return chunksOf(rows).reduce((sum, { from, end }) => sum + (from <= target ? (end - from) * end : 0), 0);
}
