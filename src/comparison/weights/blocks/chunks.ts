import { chunkElements } from '../../../kernels/diffMemory.ts';
import type { Block } from './block.ts';

/* Cuts a block into chunks that fit the kernel's memory. */

/** Elements of a block that follow each other: whole rows, or a piece of one. */
export interface Chunk {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  /** Elements of each row in the chunk. */
  readonly columns: number;
}

export function* chunksOf({ rowStart, rowEnd, columns }: Block): Generator<Chunk> {
  const step = Math.max(1, Math.floor(chunkElements / columns));
  for (let row = rowStart; row < rowEnd; row += step) {
    for (let column = 0; column < columns; column += chunkElements) {
      const rows = Math.min(step, rowEnd - row);
      yield { row, rows, column, columns: Math.min(chunkElements, columns - column) };
    }
  }
}
