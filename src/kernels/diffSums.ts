/* What passes between the kernel that compares weights and its callers: its exports, and the sums that it gives. */

type Decode = (from: number, into: number, count: number) => number;
export type Add = (
  reference: number,
  checkpoint: number,
  rows: number,
  columns: number,
  state: number,
  histogram: number,
  rowSums: number,
  rowLargest: number,
  columnSums: number,
  columnLargest: number,
) => void;

/** As assembly/diff/diff.ts exports it. */
export interface DiffExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly decodeBf16: Decode;
  readonly decodeF16: Decode;
  readonly decodeF32: Decode;
  sumSquares(values: number, count: number): number;
  dot(reference: number, checkpoint: number, count: number): number;
  powers(reference: number, checkpoint: number, count: number, middle: number, state: number): void;
  next(reference: number, checkpoint: number, from: number, count: number, floor: number): number;
  readonly add: Add;
  readonly addBf16: Add;
  pool(columnLargest: number, edges: number, count: number, cells: number): void;
  gather(histogram: number, into: number, count: number): number;
}

/** Bins of a fine histogram that hold any. */
export interface TrimmedCounts {
  /** Count of the first of all bins, where delta 0 is: far from the others. */
  readonly lowest: number;
  /** The first of the others that holds any, and counts from there on. */
  readonly first: number;
  readonly counts: Uint32Array;
}

/** A place in what was read of a checkpoint. */
export interface InputPlace {
  readonly checkpoint: number;
  /** In bytes. */
  readonly offset: number;
}

/** Sums over some elements of delta = checkpoint - reference; powers are of delta. */
export interface PowerSums {
  /** Sums of the first to fourth power. */
  readonly powers: readonly [number, number, number, number];
  /** Elements with equal bits. */
  readonly equal: number;
  /** Elements with delta 0. */
  readonly zero: number;
  /** Elements above 0 on one side and below on the other. */
  readonly signFlips: number;
  /** Sums of both sides' squares over what `addBf16` of the kernel added. */
  readonly referenceSquares: number;
  readonly checkpointSquares: number;
}
