import type { Checkpoint } from '../../../checkpoint/checkpoint.ts';
import { OpenShards } from '../../../checkpoint/shards/openShards.ts';
import type { DiffKernel } from '../../../kernels/diffKernel.ts';
import { mapCell, mapCells, mapEdges } from '../../../record/comparison/tensors/mapGrid.ts';
import { floatNorms, saturated } from '../sums/floatNorm.ts';
import { addSums, noSums, type PairSums } from '../sums/pairSums.ts';
import type { SpikeList } from '../sums/spikeList.ts';
import type { Block, BlockSums } from './block.ts';
import { ChunkSide } from './chunkSide.ts';
import { type Chunk, chunksOf } from './chunks.ts';

/* Compares checkpoints within a block: reads it chunk by chunk, and adds each chunk to the sums of every pair. */

/** Positions among the checkpoints. */
export interface DiffPair {
  readonly reference: number;
  readonly checkpoint: number;
}

/** A chunk of both sides in the kernel's slots, all finite. */
interface DecodedPair {
  readonly reference: number;
  readonly checkpoint: number;
  readonly referenceSquares: number;
  readonly checkpointSquares: number;
  /** Elements that were not finite and are 0 on both sides now, and those of them whose bits were equal. */
  readonly cleared: number;
  readonly clearedEqual: number;
}

/** Both sides of a pair's chunk. */
interface Sides {
  readonly reference: ChunkSide;
  readonly checkpoint: ChunkSide;
}

/** Both sides of a row in the kernel's slots, from element `at` on. */
interface RowSlots {
  readonly reference: number;
  readonly checkpoint: number;
  readonly at: number;
}

/** How the rows of a chunk are added, and looked at once more where they may hold a spike. */
interface RowWork {
  /** Rows from `first` of the chunk on. */
  add(first: number, rows: number): void;
  /** A row of the chunk as float32. */
  slots(row: number): RowSlots;
}

/** A checkpoint has an element that is not finite: what was added is of no use. */
class NotFinite extends Error {
  readonly checkpoint: number;

  constructor(checkpoint: number) {
    super('an element is not finite');
    this.checkpoint = checkpoint;
  }
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

  /** Checks that the files that were read are still those that were opened, and closes them. @throws ChangedInput */
  close(): void {
    this.#open.closeUnchanged();
  }

  /** @returns one a pair. @throws InputError when a file cannot be read; ChangedInput when it is another by now */
  run(block: Block): BlockSums[] {
    // Checkpoints that are read as float32 first: those of other dtypes, and those with an element that is not finite.
    const decoded = new Set([...block.places.keys()].filter((i) => block.places[i]!.dtype !== 'BF16'));
    for (;;) {
      try {
        return this.#attempt(block, decoded);
      } catch (error) {
        if (!(error instanceof NotFinite)) throw error;
        decoded.add(error.checkpoint);
        this.#kernel.drop();
      }
    }
  }

  /** @throws NotFinite for a checkpoint that must be decoded */
  #attempt(block: Block, decoded: ReadonlySet<number>): BlockSums[] {
    const mapRows = mapCell(block.rowEnd - 1, block.rows) + 1 - mapCell(block.rowStart, block.rows);
    this.#kernel.start(mapEdges(block.columns), mapRows);
    const sides = block.places.map(
      (_, checkpoint) => new ChunkSide(this.#kernel, this.#open, this.#checkpoints[checkpoint]!, checkpoint, block),
    );
    const sums = this.#pairs.map(() => noSums(block.rowEnd - block.rowStart));
    for (const chunk of chunksOf(block)) {
      for (const [position, side] of sides.entries()) {
        side.take(chunk);
        // Each pair as soon as both sides are there, while they are still in the cache.
        for (let index = 0; index < sums.length; index++) {
          const { reference, checkpoint } = this.#pairs[index]!;
          if (Math.max(reference, checkpoint) !== position) continue;
          const both = { reference: sides[reference]!, checkpoint: sides[checkpoint]! };
          const straight = chunk.columns % 8 === 0 && !decoded.has(reference) && !decoded.has(checkpoint);
          if (straight) this.#addBf16(block, chunk, index, both, sums[index]!);
          else this.#addDecoded(block, chunk, index, both, sums[index]!);
        }
      }
    }
    this.#open.checkUnchanged();
    return sums.map((each, pair) => this.#finish(block, pair, each));
  }

  /**
   * Adds a chunk straight from what was read, both sides bfloat16 and rows of a multiple of 8 elements.
   * @throws NotFinite
   */
  #addBf16(block: Block, chunk: Chunk, pair: number, sides: Sides, sums: PairSums): void {
    const kernel = this.#kernel;
    const { reference, checkpoint } = sides;
    const { rows, column, columns } = chunk;
    const elements = rows * columns;
    this.#addRows(block, chunk, pair, sums, {
      add(first, count) {
        const element = first * columns;
        kernel.addBf16(pair, reference.place(element), checkpoint.place(element), count, columns, column);
      },
      slots(row) {
        const [left, right] = kernel.copySlots;
        reference.decodeInto(left, row * columns, columns);
        checkpoint.decodeInto(right, row * columns, columns);
        return { reference: left, checkpoint: right, at: 0 };
      },
    });
    const added = kernel.takeSums(pair);
    const positions = this.#pairs[pair]!;
    if (!Number.isFinite(added.referenceSquares)) throw new NotFinite(positions.reference);
    if (!Number.isFinite(added.checkpointSquares)) throw new NotFinite(positions.checkpoint);
    const decode = () => {
      reference.decoded();
      checkpoint.decoded();
    };
    addSums(sums, elements, added, {
      dot() {
        decode();
        return kernel.dot(positions.reference, positions.checkpoint, elements);
      },
      powers(middle) {
        decode();
        return kernel.powers(pair, positions.reference, positions.checkpoint, elements, middle);
      },
    });
  }

  #addDecoded(block: Block, chunk: Chunk, pair: number, sides: Sides, sums: PairSums): void {
    const kernel = this.#kernel;
    const { rows, column, columns } = chunk;
    const elements = rows * columns;
    const decoded = this.#decode(pair, sides, elements);
    const { reference, checkpoint, referenceSquares, checkpointSquares, cleared, clearedEqual } = decoded;
    this.#addRows(block, chunk, pair, sums, {
      add: (first, count) => kernel.add(pair, reference, checkpoint, first * columns, count, columns, column),
      slots: (row) => ({ reference, checkpoint, at: row * columns }),
    });
    const { equal, zero, ...added } = kernel.takeSums(pair);
    sums.nonFinite += cleared;
    const rest = { equal: equal - cleared + clearedEqual, zero: zero - cleared, referenceSquares, checkpointSquares };
    addSums(
      sums,
      elements - cleared,
      { ...added, ...rest },
      {
        dot: () => kernel.dot(reference, checkpoint, elements),
        powers(middle) {
          const [s1, s2, s3, s4] = kernel.powers(pair, reference, checkpoint, elements, middle);
          // Cleared elements are delta 0 there.
          const off = -middle;
          return [s1 - cleared * off, s2 - cleared * off ** 2, s3 - cleared * off ** 3, s4 - cleared * off ** 4];
        },
      },
    );
  }

  /** Both sides of a pair; copies without what is not finite where there is any. */
  #decode(pair: number, sides: Sides, elements: number): DecodedPair {
    const { reference, checkpoint } = this.#pairs[pair]!;
    const [referenceSquares, checkpointSquares] = [sides.reference.decoded(), sides.checkpoint.decoded()];
    if (Number.isFinite(referenceSquares + checkpointSquares)) {
      return { reference, checkpoint, referenceSquares, checkpointSquares, cleared: 0, clearedEqual: 0 };
    }
    const { slots, copySlots } = this.#kernel;
    const [left, right] = copySlots;
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

  /** Adds a chunk's rows; the columns are pooled at the end of each of the map's rows. */
  #addRows(block: Block, chunk: Chunk, pair: number, sums: PairSums, work: RowWork): void {
    const { rows: tensorRows, rowStart, rowEnd } = block;
    const mapRows = mapCells(tensorRows);
    const rowDone = chunk.column + chunk.columns === block.columns;
    const chunkEnd = chunk.row + chunk.rows;
    for (let row = chunk.row; row < chunkEnd; ) {
      const mapRow = mapCell(row, tensorRows);
      const bandEnd = Math.floor(((mapRow + 1) * tensorRows) / mapRows);
      const end = Math.min(chunkEnd, bandEnd);
      work.add(row - chunk.row, end - row);
      this.#takeRows(block, chunk, row, end, work, sums);
      row = end;
      if (!rowDone || (row !== bandEnd && row !== rowEnd)) continue;
      this.#kernel.pool(pair, mapRow - mapCell(rowStart, tensorRows), mapCells(block.columns));
    }
  }

  /** What the kernel told of the rows just added. Only rows that may hold a spike are looked through. */
  #takeRows(
    { columns, rowStart }: Block,
    chunk: Chunk,
    row: number,
    end: number,
    work: RowWork,
    { rowSums: blockSums, spikes }: PairSums,
  ): void {
    const { rowSums, rowLargest } = this.#kernel;
    for (let i = 0; row + i < end; i++) {
      blockSums[row + i - rowStart]! += rowSums[i]!;
      const largest = rowLargest[i]!;
      if (largest === 0 || largest < Math.fround(spikes.floor)) continue;
      this.#scan(work.slots(row + i - chunk.row), chunk.columns, (row + i) * columns + chunk.column, spikes);
    }
  }

  /** @param index the tensor's element that the row begins at */
  #scan({ reference, checkpoint, at }: RowSlots, count: number, index: number, spikes: SpikeList): void {
    const kernel = this.#kernel;
    const [a, b] = [kernel.slots[reference]!, kernel.slots[checkpoint]!];
    const end = at + count;
    // Elements come in order, so that one as large as the last on the list comes after it.
    for (let i = at; ; i++) {
      i = kernel.next(reference, checkpoint, i, end, spikes.floor);
      if (i === end) return;
      spikes.add({ index: index + i - at, delta: b[i]! - a[i]!, reference: a[i]!, checkpoint: b[i]! });
    }
  }

  #finish({ columns, rows, rowStart, rowEnd, places }: Block, pair: number, sums: PairSums): BlockSums {
    const { rowSums, spikes, ...rest } = sums;
    const { reference, checkpoint } = this.#pairs[pair]!;
    const largest = Math.fround(Math.abs(spikes.spikes[0]?.delta ?? 0));
    const { lowest, ...histogram } = this.#kernel.takeHistogram(pair, largest);
    // Cleared elements were counted as 0.
    const small = lowest - sums.nonFinite;
    // Bfloat16 differ by 2^-133 at least, where the second bin begins.
    const bothBf16 = [reference, checkpoint].every((side) => places[side]!.dtype === 'BF16');
    const mapStart = mapCell(rowStart, rows);
    const cells = (mapCell(rowEnd - 1, rows) + 1 - mapStart) * mapCells(columns);
    const map = this.#kernel.map(pair, cells);
    return {
      ...rest,
      zero: bothBf16 ? small : sums.zero,
      histogram: { ...histogram, lowest: small },
      spikes: spikes.spikes,
      rowNorms: floatNorms(rowSums),
      columnSums: this.#kernel.columnSums(pair, columns).slice(),
      mapStart,
      map: largest === Number.POSITIVE_INFINITY ? map.map(saturated) : map.slice(),
    };
  }
}
