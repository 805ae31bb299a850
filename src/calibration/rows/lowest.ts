/** Something with a place in an order. */
export interface Ranked {
  readonly rank: number;
}

/** Keeps the entries of lowest rank, of however many: a heap with the highest of them on top. */
export class Lowest<Entry extends Ranked> {
  readonly #most: number;
  readonly #heap: Entry[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** What is above it is not kept; a number that is cheap to compare with. */
  get limit(): number {
    return this.#heap.length < this.#most ? Number.POSITIVE_INFINITY : (this.#heap[0]?.rank ?? -1);
  }

  add(entry: Entry): void {
    const heap = this.#heap;
    if (heap.length < this.#most) {
      heap.push(entry);
      this.#rise(heap.length - 1);
    } else if (entry.rank < this.limit) {
      heap[0] = entry;
      this.#sink();
    }
  }

  /** Lowest first. */
  sorted(): Entry[] {
    return [...this.#heap].sort((a, b) => a.rank - b.rank);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.rank >= heap[at]!.rank) return;
      [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && heap[child + 1]!.rank > heap[child]!.rank) child++;
      if (heap[child]!.rank <= heap[at]!.rank) return;
      [heap[child], heap[at]] = [heap[at]!, heap[child]!];
      at = child;
    }
  }
}
