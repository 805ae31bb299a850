/* Lays out the memory of the kernel that compares weights. */

/**
 * Most elements of a chunk. Two sides as float32 and one as it is stored are 320 KiB, which fit a second-level cache of
 * 512 KiB beside the sums.
 */
export const chunkElements = 32768;

/** Bins of the fine histogram: sign-less upper halves of float32, 8 bits of exponent and 7 of fraction. */
export const fineBins = 32768;

/** Bytes behind every buffer into which the last vector may run. */
const slack = 64;

/**
 * Bytes read at a time. In pieces of a chunk, reading took a third of all time; `cat` reads half as much at a time.
 */
export const readBytes = 1 << 18;

export interface DiffKernelSizes {
  readonly checkpoints: number;
  readonly pairs: number;
  /** Columns of the widest tensor. */
  readonly maxColumns: number;
  /** Rows and columns of the largest map. */
  readonly mapRows: number;
  readonly mapColumns: number;
}

/** Takes pieces of memory one after the other. */
export class Layout {
  end: number;

  constructor(begin: number) {
    this.end = begin;
  }

  take(bytes: number): number {
    const begin = this.end;
    this.end += Math.ceil((bytes + slack) / 16) * 16;
    return begin;
  }
}

/** Words of a pair's state: as in assembly/shared/state.ts. */
const stateWords = 9;

/** Addresses of the sums of one pair. */
const pairPlaces = (layout: Layout, { maxColumns, mapRows, mapColumns }: DiffKernelSizes) => ({
  state: layout.take(stateWords * 8),
  histogram: layout.take(fineBins * 16),
  columnSums: layout.take(maxColumns * 8),
  columnLargest: layout.take(maxColumns * 4),
  map: layout.take(mapRows * mapColumns * 4),
});

/** Addresses of all buffers. */
export function placesOf(layout: Layout, sizes: DiffKernelSizes) {
  return {
    inputs: Array.from({ length: sizes.checkpoints }, () => layout.take(readBytes)),
    // Two more, for copies.
    slots: Array.from({ length: sizes.checkpoints + 2 }, () => layout.take(chunkElements * 4)),
    rowSums: layout.take(chunkElements * 8),
    rowLargest: layout.take(chunkElements * 4),
    edges: layout.take((sizes.mapColumns + 1) * 4),
    bins: layout.take(fineBins * 4),
    pairs: Array.from({ length: sizes.pairs }, () => pairPlaces(layout, sizes)),
  };
}

/** Memory that a kernel takes, in bytes. */
export function kernelBytes(sizes: DiffKernelSizes): number {
  const layout = new Layout(0);
  placesOf(layout, sizes);
  return layout.end;
}

/** The sums of one pair, in the kernel's memory. */
export class PairMemory {
  readonly state: Float64Array;
  /** Four counters a bin. */
  readonly histogram: Uint32Array;
  /** Sum of delta² of each column. */
  readonly columnSums: Float64Array;
  /** Largest `|delta|` of each column since it was last pooled, as float32. */
  readonly columnLargest: Float32Array;
  /** Largest `|delta|` of each cell, as float32. */
  readonly map: Float32Array;

  constructor(buffer: ArrayBuffer, places: ReturnType<typeof pairPlaces>, sizes: DiffKernelSizes) {
    const { maxColumns, mapRows, mapColumns } = sizes;
    this.state = new Float64Array(buffer, places.state, stateWords);
    this.histogram = new Uint32Array(buffer, places.histogram, fineBins * 4);
    this.columnSums = new Float64Array(buffer, places.columnSums, maxColumns);
    this.columnLargest = new Float32Array(buffer, places.columnLargest, maxColumns);
    this.map = new Float32Array(buffer, places.map, mapRows * mapColumns);
  }
}
