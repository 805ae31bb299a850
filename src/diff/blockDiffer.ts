import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../checkpoint/dtype.ts';
import { OpenShards } from '../commit/openShards.ts';
import { chunkElements, type DiffKernel } from '../kernels/diffKernel.ts';
import type { Block, BlockSums } from './block.ts';
import { trimmed } from './fineHistogram.ts';
import { floatNorm } from './floatNorm.ts';
import { mapCell, mapCells, mapEdges } from './mapGrid.ts';
import { type Moments, mergeMoments, momentsAround, noMoments } from './moments.ts';
import { SpikeList } from './spikeList.ts';

/** Positions among the checkpoints. */
export interface DiffPair {
  readonly reference: number;
  readonly checkpoint: number;
}

/** Elements of a block that follow each other: whole rows, or a piece of one. */
interface Chunk {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  /** Elements of each row in the chunk. */
  readonly columns: number;
}

function* chunksOf({ rowStart, rowEnd, columns }: Block): Generator<Chunk> {
  const step = Math.max(1, Math.floor(chunkElements / columns));
  for (let row = rowStart; row < rowEnd; row += step) {
    for (let column = 0; column < columns; column += chunkElements) {
      const rows = Math.min(step, rowEnd - row);
      yield { row, rows, column, columns: Math.min(chunkElements, columns - column) };
    }
  }
}

/** What a pair's sums have come to so far, besides those in the kernel's memory. */
interface PairSums {
  nonFinite: number;
  equal: number;
  zero: number;
  referenceSquares: number;
  checkpointSquares: number;
  dot: number;
  squares: number;
  moments: Moments;
  readonly spikes: SpikeList;
  /** Sums of delta², `[rows]` of the block. */
  readonly rowSums: Float64Array;
  /** The map's rows that the block touches. */
  readonly map: Float32Array;
}

/** A chunk of both sides in the kernel's slots, all finite. */
interface Sides {
  readonly reference: number;
  readonly checkpoint: number;
  readonly referenceSquares: number;
  readonly checkpointSquares: number;
  /** Elements that were not finite and are 0 on both sides now, and those of them whose bits were equal. */
  readonly cleared: number;
  readonly clearedEqual: number;
}

/**
 * Goes through blocks: reads each chunk of every checkpoint once, and adds it to the sums of every pair. The kernel
 * has a slot for each checkpoint and two to spare.
 */
export class BlockDiffer {
  readonly #kernel: DiffKernel;
  readonly #checkpoints: readonly Pick<Checkpoint, 'shards'>[];
  readonly #pairs: readonly DiffPair[];
  readonly #open = new OpenShards();

  constructor(kernel: DiffKernel, checkpoints: readonly Pick<Checkpoint, 'shards'>[], pairs: readonly DiffPair[]) {
    this.#kernel = kernel;
    this.#checkpoints = checkpoints;
    this.#pairs = pairs;
  }

  /** @returns one a pair. @throws InputError when a file cannot be read or has changed */
  run(block: Block): BlockSums[] {
    const sums = this.#pairs.map((_, pair) => this.#start(pair, block));
    const edges = mapEdges(block.columns);
    for (const chunk of chunksOf(block)) {
      // Each pair as soon as both sides are there, while they are still in the cache.
      const squares: number[] = [];
      for (const checkpoint of block.places.keys()) {
        squares.push(this.#read(block, chunk, checkpoint));
        for (const [index, pair] of this.#pairs.entries()) {
          if (Math.max(pair.reference, pair.checkpoint) !== checkpoint) continue;
          this.#add(block, chunk, index, this.#sides(pair, squares, chunk.rows * chunk.columns), sums[index]!, edges);
        }
      }
    }
    this.#open.checkUnchanged();
    return sums.map((each, pair) => this.#finish(block, pair, each));
  }

  close(): void {
    this.#open.close();
  }

  #start(pair: number, { rows, columns, rowStart, rowEnd }: Block): PairSums {
    this.#kernel.clear(pair, columns);
    const mapRows = mapCell(rowEnd - 1, rows) + 1 - mapCell(rowStart, rows);
    return {
      nonFinite: 0,
      equal: 0,
      zero: 0,
      referenceSquares: 0,
      checkpointSquares: 0,
      dot: 0,
      squares: 0,
      moments: noMoments,
      spikes: new SpikeList(),
      rowSums: new Float64Array(rowEnd - rowStart),
      map: new Float32Array(mapRows * mapCells(columns)),
    };
  }

  /** Reads a checkpoint's chunk into its slot. @returns its sum of squares */
  #read({ columns, places }: Block, chunk: Chunk, checkpoint: number): number {
    const { dtype, shard, begin } = places[checkpoint]!;
    const file = this.#open.open(this.#checkpoints[checkpoint]!, shard);
    const position = begin + (chunk.row * columns + chunk.column) * dtypeBytes[dtype];
    return this.#kernel.fill(checkpoint, dtype, chunk.rows * chunk.columns, (bytes) => file.read(bytes, position));
  }

  /** Both sides of a pair; copies without what is not finite where there is any. */
  #sides({ reference, checkpoint }: DiffPair, squares: readonly number[], elements: number): Sides {
    const [referenceSquares, checkpointSquares] = [squares[reference]!, squares[checkpoint]!];
    if (Number.isFinite(referenceSquares + checkpointSquares)) {
      return { reference, checkpoint, referenceSquares, checkpointSquares, cleared: 0, clearedEqual: 0 };
    }
    const { slots } = this.#kernel;
    const [left, right] = [slots.length - 2, slots.length - 1];
    const [a, b] = [slots[left]!, slots[right]!];
    a.set(slots[reference]!.subarray(0, elements));
    b.set(slots[checkpoint]!.subarray(0, elements));
    const bits = (floats: Float32Array) => new Uint32Array(floats.buffer, floats.byteOffset, elements);
    const [aBits, bBits] = [bits(a), bits(b)];
    let [cleared, clearedEqual] = [0, 0];
    for (let i = 0; i < elements; i++) {
      if (Number.isFinite(a[i]) && Number.isFinite(b[i])) continue;
      cleared++;
      if (aBits[i] === bBits[i]) clearedEqual++;
      a[i] = 0;
      b[i] = 0;
    }
    return {
      reference: left,
      checkpoint: right,
      referenceSquares: this.#kernel.sumSquares(left, elements),
      checkpointSquares: this.#kernel.sumSquares(right, elements),
      cleared,
      clearedEqual,
    };
  }

  #add(block: Block, chunk: Chunk, pair: number, sides: Sides, sums: PairSums, edges: Uint32Array): void {
    const kernel = this.#kernel;
    const { reference, checkpoint, cleared } = sides;
    const elements = chunk.rows * chunk.columns;
    // Cleared elements are delta 0 among the sums: around 0 they add nothing.
    const middle = cleared > 0 ? 0 : kernel.pivot(reference, checkpoint, elements);
    const mapRows = mapCells(block.rows);
    const chunkEnd = chunk.row + chunk.rows;
    // The columns are pooled at the end of each of the map's rows.
    for (let row = chunk.row; row < chunkEnd; ) {
      const mapRow = mapCell(row, block.rows);
      const bandEnd = Math.floor(((mapRow + 1) * block.rows) / mapRows);
      const rows = Math.min(chunkEnd, bandEnd) - row;
      const from = (row - chunk.row) * chunk.columns;
      kernel.add(pair, reference, checkpoint, { ...chunk, from, rows }, middle);
      this.#takeRows(block, { ...chunk, row, rows }, from, sides, sums);
      row += rows;
      const last = row === bandEnd || row === block.rowEnd;
      if (!last || chunk.column + chunk.columns < block.columns) continue;
      const at = (mapRow - mapCell(block.rowStart, block.rows)) * (edges.length - 1);
      kernel.pool(pair, edges, sums.map.subarray(at, at + edges.length - 1));
    }
    const { dot, squares, powers, equal, zero } = kernel.takeSums(pair);
    sums.nonFinite += cleared;
    sums.equal += equal - cleared + sides.clearedEqual;
    sums.zero += zero - cleared;
    sums.referenceSquares += sides.referenceSquares;
    sums.checkpointSquares += sides.checkpointSquares;
    sums.dot += dot;
    sums.squares += squares;
    sums.moments = mergeMoments(sums.moments, momentsAround(elements - cleared, middle, powers));
  }

  /** What the kernel told of the rows just added. Only rows that may hold a spike are looked through. */
  #takeRows(
    { columns, rowStart }: Block,
    part: Chunk,
    from: number,
    sides: Sides,
    { rowSums, spikes }: PairSums,
  ): void {
    const { rowSums: added, rowLargest, slots } = this.#kernel;
    for (let i = 0; i < part.rows; i++) {
      const row = part.row + i;
      rowSums[row - rowStart]! += added[i]!;
      if (rowLargest[i] === 0 || rowLargest[i]! < spikes.floor) continue;
      const begin = from + i * part.columns;
      const end = begin + part.columns;
      const [a, b] = [slots[sides.reference]!.subarray(begin, end), slots[sides.checkpoint]!.subarray(begin, end)];
      spikes.scan(a, b, row * columns + part.column);
    }
  }

  #finish({ columns, rows, rowStart }: Block, pair: number, sums: PairSums): BlockSums {
    const { rowSums, spikes, ...rest } = sums;
    const histogram = this.#kernel.gatherHistogram(pair);
    // Cleared elements were counted as 0.
    histogram[0]! -= sums.nonFinite;
    return {
      ...rest,
      histogram: trimmed(histogram),
      spikes: spikes.spikes,
      rowNorms: Float32Array.from(rowSums, floatNorm),
      columnSums: this.#kernel.columnSums(pair, columns).slice(),
      mapStart: mapCell(rowStart, rows),
    };
  }
}
