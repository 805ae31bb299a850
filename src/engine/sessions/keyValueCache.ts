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
  keys: Float32Array;
  values: Float32Array;
}

/**
 * Keys and values by place, one sequence a place. Those that are read are the first places, in one piece: a place is given
 * up by moving the last one into it. What lies behind a sequence's rows is some other's or nothing, and finite.
 */
export class KeyValueCache {
  readonly #heads: number;
  readonly #headDim: number;
  readonly #places: number;
  readonly #layers: LayerCache[];
  #columns = 0;

  constructor({ layers, keyValueHeads, headDim }: Architecture, places: number) {
    this.#heads = keyValueHeads;
    this.#headDim = headDim;
    this.#places = places;
    this.#layers = Array.from({ length: layers }, () => ({ keys: new Float32Array(), values: new Float32Array() }));
  }

  /** P: rows that each place has room for. */
  get columns(): number {
    return this.#columns;
  }

  /**
   * Makes room for `rows` of every place, and gives room back where far less is needed: all columns are read at every step.
   * @param lengths rows that the first places hold
   */
  fit(rows: number, lengths: readonly number[]): void {
    const columns = cacheColumns(rows);
    if (columns <= this.#columns && this.#columns <= columns + 2 * columnStep) return;
    const [from, to] = [this.#columns * this.#headDim, columns * this.#headDim];
    const laidOut = (old: Float32Array) => {
      const anew = new Float32Array(this.#places * this.#heads * to);
      for (const [place, length] of lengths.entries()) {
        for (let head = place * this.#heads; head < (place + 1) * this.#heads; head++) {
          anew.set(old.subarray(head * from, head * from + length * this.#headDim), head * to);
        }
      }
      return anew;
    };
    // One at a time, so that no more than one of them stands twice.
    for (const layer of this.#layers) {
      layer.keys = laidOut(layer.keys);
      layer.values = laidOut(layer.values);
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
