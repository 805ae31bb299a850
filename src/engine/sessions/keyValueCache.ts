import type { Architecture } from '../../checkpoint/architecture/architecture.ts';

/* Holds the keys and values of sequences that are being sampled, laid out so that the runtime reads them in place. */

/** Columns are added this many at a time: growing copies all of a cache once. */
const columnStep = 32;

/** Columns that a cache has for sequences of up to so many rows. */
export function cacheColumns(rows: number): number {
  return Math.ceil(Math.max(1, rows) / columnStep) * columnStep;
}

/** Bytes that a sequence of so many rows takes in a cache, float32. */
export function cacheBytes({ layers, keyValueHeads, headDim }: Architecture, rows: number): number {
  return layers * 2 * keyValueHeads * headDim * cacheColumns(rows) * Float32Array.BYTES_PER_ELEMENT;
}

/** A layer's keys and values, `[places, KV, P, hd]` each. */
interface LayerCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/**
 * Keys and values by place, one sequence a place. Those that are read are the first places, in one piece: a place is given
 * up by moving the last one into it. What lies behind a sequence's rows is some other's or nothing, and finite. Memory is
 * taken once, for the longest sequence; as many columns are used of it as the sequences at hand need.
 */
export class KeyValueCache {
  readonly #heads: number;
  readonly #headDim: number;
  readonly #layers: readonly LayerCache[];
  #columns = 0;

  /** @param mostRows of a sequence */
  constructor({ layers, keyValueHeads, headDim }: Architecture, places: number, mostRows: number) {
    this.#heads = keyValueHeads;
    this.#headDim = headDim;
    const size = places * keyValueHeads * cacheColumns(mostRows) * headDim;
    this.#layers = Array.from({ length: layers }, () => ({
      keys: new Float32Array(size),
      values: new Float32Array(size),
    }));
  }

  /** P: rows that each place has room for. */
  get columns(): number {
    return this.#columns;
  }

  /** Forgets all sequences: what comes next is laid out as in a new cache. */
  empty(): void {
    this.#columns = 0;
  }

  /**
   * Makes room for `rows` of every place, and gives room back where far less is needed: all columns are read at every step.
   * @param lengths rows that the first places hold
   */
  fit(rows: number, lengths: readonly number[]): void {
    const columns = cacheColumns(rows);
    if (columns <= this.#columns && this.#columns <= columns + 2 * columnStep) return;
    const [from, to] = [this.#columns * this.#headDim, columns * this.#headDim];
    const blocks = Array.from({ length: lengths.length * this.#heads }, (_, block) => block);
    // Outwards from the end, inwards from the beginning, so that nothing is overwritten before it is moved.
    if (to > from) blocks.reverse();
    for (const { keys, values } of this.#layers) {
      for (const block of blocks) {
        const end = block * from + lengths[Math.floor(block / this.#heads)]! * this.#headDim;
        keys.copyWithin(block * to, block * from, end);
        values.copyWithin(block * to, block * from, end);
      }
    }
    this.#columns = columns;
  }

  /**
   * Puts rows of a run into a place.
   * @param keys and @param values of the run in a layer, `[R, KV·hd]`
   * @param first and @param count the rows taken; @param column where they go
   */
  put(
    layer: number,
    place: number,
    column: number,
    { keys, values, first, count }: { keys: Float32Array; values: Float32Array; first: number; count: number },
  ): void {
    const cache = this.#layers[layer]!;
    const size = this.#headDim;
    for (let head = 0; head < this.#heads; head++) {
      let to = ((place * this.#heads + head) * this.#columns + column) * size;
      let from = (first * this.#heads + head) * size;
      for (let row = 0; row < count; row++) {
        for (let i = 0; i < size; i++) {
          cache.keys[to + i] = keys[from + i]!;
          cache.values[to + i] = values[from + i]!;
        }
        to += size;
        from += this.#heads * size;
      }
    }
  }

  /** Copies the first `rows` of a place to another. */
  copy(from: number, to: number, rows: number): void {
    const stride = this.#columns * this.#headDim;
    for (const { keys, values } of this.#layers) {
      for (let head = 0; head < this.#heads; head++) {
        const begin = (from * this.#heads + head) * stride;
        const end = begin + rows * this.#headDim;
        keys.copyWithin((to * this.#heads + head) * stride, begin, end);
        values.copyWithin((to * this.#heads + head) * stride, begin, end);
      }
    }
  }

  /** Of a layer, the first places: `[places, KV, P, hd]` each, where they lie. */
  first(layer: number, places: number): LayerCache {
    const end = places * this.#heads * this.#columns * this.#headDim;
    const { keys, values } = this.#layers[layer]!;
    return { keys: keys.subarray(0, end), values: values.subarray(0, end) };
  }
}
