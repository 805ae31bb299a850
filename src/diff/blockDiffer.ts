import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../checkpoint/dtype.ts';
import { OpenShards } from '../commit/openShards.ts';
import { chunkElements, type DiffKernel, readBytes } from '../kernels/diffKernel.ts';
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

/** What of a checkpoint's file is in the kernel's input. */
interface Window {
  begin: number;
  end: number;
}

/**
 * Goes through blocks: reads each chunk of every checkpoint once, and adds it to the sums of every pair. After an error
 * it is of no more use: sums of the block stay in the kernel.
 */
export class BlockDiffer {
  readonly #kernel: DiffKernel;
  readonly #checkpoints: readonly Pick<Checkpoint, 'shards'>[];
  readonly #pairs: readonly DiffPair[];
  readonly #open = new OpenShards();

  /** @param kernel made for as many checkpoints and pairs */
  constructor(kernel: DiffKernel, checkpoints: readonly Pick<Checkpoint, 'shards'>[], pairs: readonly DiffPair[]) {
    this.#kernel = kernel;
    this.#checkpoints = checkpoints;
    this.#pairs = pairs;
  }

  /** @returns one a pair. @throws InputError when a file cannot be read or has changed */
  run(block: Block): BlockSums[] {
    const mapRows = mapCell(block.rowEnd - 1, block.rows) + 1 - mapCell(block.rowStart, block.rows);
    this.#kernel.start(mapEdges(block.columns), mapRows);
    const windows = block.places.map((): Window => ({ begin: 0, end: 0 }));
    const sums = this.#pairs.map(
      (): PairSums => ({
        nonFinite: 0,
        equal: 0,
        zero: 0,
        referenceSquares: 0,
        checkpointSquares: 0,
        dot: 0,
        squares: 0,
        moments: noMoments,
        spikes: new SpikeList(),
        rowSums: new Float64Array(block.rowEnd - block.rowStart),
      }),
    );
    const squares = new Float64Array(block.places.length);
    for (const chunk of chunksOf(block)) {
      for (let checkpoint = 0; checkpoint < windows.length; checkpoint++) {
        squares[checkpoint] = this.#read(block, chunk, checkpoint, windows[checkpoint]!);
        // Each pair as soon as both sides are there, while they are still in the cache.
        for (let index = 0; index < sums.length; index++) {
          const pair = this.#pairs[index]!;
          if (Math.max(pair.reference, pair.checkpoint) !== checkpoint) continue;
          this.#add(block, chunk, index, this.#sides(pair, squares, chunk.rows * chunk.columns), sums[index]!);
        }
      }
    }
    this.#open.checkUnchanged();
    return sums.map((each, pair) => this.#finish(block, pair, each));
  }

  /** Puts a checkpoint's chunk into its slot. @returns its sum of squares */
  #read({ rowEnd, columns, places }: Block, chunk: Chunk, checkpoint: number, window: Window): number {
    const { dtype, shard, begin } = places[checkpoint]!;
    const elementBytes = dtypeBytes[dtype];
    const elements = chunk.rows * chunk.columns;
    const first = begin + (chunk.row * columns + chunk.column) * elementBytes;
    if (first + elements * elementBytes > window.end) {
      window.begin = first;
      window.end = Math.min(first + readBytes, begin + rowEnd * columns * elementBytes);
      const file = this.#open.open(this.#checkpoints[checkpoint]!, shard);
      file.read(this.#kernel.inputs[checkpoint]!.subarray(0, window.end - first), first);
    }
    return this.#kernel.decode(checkpoint, dtype, first - window.begin, elements);
  }

  /** Both sides of a pair; copies without what is not finite where there is any. */
  #sides({ reference, checkpoint }: DiffPair, squares: Float64Array, elements: number): Sides {
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

  #add(block: Block, chunk: Chunk, pair: number, sides: Sides, sums: PairSums): void {
    const kernel = this.#kernel;
    const { reference, checkpoint, referenceSquares, checkpointSquares, cleared } = sides;
    const { rows: tensorRows, rowStart, rowEnd } = block;
    const { column, columns } = chunk;
    const elements = chunk.rows * columns;
    // Cleared elements are delta 0 among the sums: around 0 they add nothing.
    const middle = cleared > 0 ? 0 : kernel.pivot(reference, checkpoint, elements);
    const mapRows = mapCells(tensorRows);
    const rowDone = column + columns === block.columns;
    const chunkEnd = chunk.row + chunk.rows;
    // The columns are pooled at the end of each of the map's rows.
    for (let row = chunk.row; row < chunkEnd; ) {
      const mapRow = mapCell(row, tensorRows);
      const bandEnd = Math.floor(((mapRow + 1) * tensorRows) / mapRows);
      const end = Math.min(chunkEnd, bandEnd);
      kernel.add(pair, reference, checkpoint, (row - chunk.row) * columns, end - row, columns, column, middle);
      this.#takeRows(block, chunk, row, end, sides, sums);
      row = end;
      if (!rowDone || (row !== bandEnd && row !== rowEnd)) continue;
      kernel.pool(pair, mapRow - mapCell(rowStart, tensorRows), mapCells(block.columns));
    }
    const { squares, powers, equal, zero } = kernel.takeSums(pair);
    sums.nonFinite += cleared;
    sums.equal += equal - cleared + sides.clearedEqual;
    sums.zero += zero - cleared;
    sums.referenceSquares += referenceSquares;
    sums.checkpointSquares += checkpointSquares;
    sums.squares += squares;
    sums.moments = mergeMoments(sums.moments, momentsAround(elements - cleared, middle, powers));
    // 2 a b = a² + b² - (b - a)², unless too many digits cancel.
    const bothSquares = referenceSquares + checkpointSquares;
    const dot = (bothSquares - squares) / 2;
    sums.dot += Math.abs(dot) * 64 < bothSquares ? kernel.dot(reference, checkpoint, elements) : dot;
  }

  /** What the kernel told of the rows just added. Only rows that may hold a spike are looked through. */
  #takeRows({ columns, rowStart }: Block, chunk: Chunk, row: number, end: number, sides: Sides, sums: PairSums): void {
    const kernel = this.#kernel;
    const { rowSums, rowLargest } = kernel;
    const { spikes } = sums;
    for (let i = 0; row + i < end; i++) {
      sums.rowSums[row + i - rowStart]! += rowSums[i]!;
      const largest = rowLargest[i]!;
      if (largest === 0 || largest < Math.fround(spikes.floor)) continue;
      const first = (row + i - chunk.row) * chunk.columns;
      // From an element in the slots to one of the tensor.
      const offset = (row + i) * columns + chunk.column - first;
      this.#scan(sides, first, first + chunk.columns, offset, spikes);
    }
  }

  #scan({ reference, checkpoint }: Sides, first: number, end: number, offset: number, spikes: SpikeList): void {
    const kernel = this.#kernel;
    const [a, b] = [kernel.slots[reference]!, kernel.slots[checkpoint]!];
    // Elements come in order, so that one as large as the last on the list comes after it.
    for (let i = first; ; i++) {
      i = kernel.next(reference, checkpoint, i, end, spikes.floor);
      if (i === end) return;
      spikes.add({ index: offset + i, delta: b[i]! - a[i]!, reference: a[i]!, checkpoint: b[i]! });
    }
  }

  #finish({ columns, rows, rowStart, rowEnd }: Block, pair: number, sums: PairSums): BlockSums {
    const { rowSums, spikes, ...rest } = sums;
    const histogram = this.#kernel.takeHistogram(pair);
    // Cleared elements were counted as 0.
    histogram[0]! -= sums.nonFinite;
    const mapStart = mapCell(rowStart, rows);
    const cells = (mapCell(rowEnd - 1, rows) + 1 - mapStart) * mapCells(columns);
    return {
      ...rest,
      histogram: trimmed(histogram),
      spikes: spikes.spikes,
      rowNorms: Float32Array.from(rowSums, floatNorm),
      columnSums: this.#kernel.columnSums(pair, columns).slice(),
      mapStart,
      map: this.#kernel.map(pair, cells).slice(),
    };
  }
}
