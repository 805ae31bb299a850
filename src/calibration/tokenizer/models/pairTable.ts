/* A hash table from pairs of small integers to integers, for merges and tries: a Map of joined keys takes several times the memory. */

const empty = -1;

/** Values of pairs of integers from 0 up to, not including, 2^31. */
export class PairTable {
  private size = 0;
  private mask: number;
  private keys: Int32Array;
  private values: Int32Array;

  /** @param expected how many pairs there will be; more are taken too */
  constructor(expected: number) {
    let slots = 16;
    while (slots < 2 * expected) slots *= 2;
    this.mask = slots - 1;
    this.keys = new Int32Array(2 * slots).fill(empty);
    this.values = new Int32Array(slots);
  }

  /** The value of a pair, -1 when it has none. */
  get(a: number, b: number): number {
    const slot = this.slotOf(a, b);
    return this.keys[2 * slot] === empty ? empty : this.values[slot]!;
  }

  set(a: number, b: number, value: number): void {
    if (2 * this.size > this.mask) this.grow();
    const slot = this.slotOf(a, b);
    if (this.keys[2 * slot] === empty) {
      this.keys[2 * slot] = a;
      this.keys[2 * slot + 1] = b;
      this.size++;
    }
    this.values[slot] = value;
  }

  /** The slot of a pair, or the one where it would be put. */
  private slotOf(a: number, b: number): number {
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.mask;
    const { keys } = this;
    while (keys[2 * slot] !== empty && (keys[2 * slot] !== a || keys[2 * slot + 1] !== b))
      slot = (slot + 1) & this.mask;
    return slot;
  }

  private grow(): void {
    const { keys, values } = this;
    this.mask = 2 * this.mask + 1;
    this.keys = new Int32Array(2 * (this.mask + 1)).fill(empty);
    this.values = new Int32Array(this.mask + 1);
    for (let slot = 0; slot < values.length; slot++) {
      if (keys[2 * slot] === empty) continue;
      const to = this.slotOf(keys[2 * slot]!, keys[2 * slot + 1]!);
      this.keys[2 * to] = keys[2 * slot]!;
      this.keys[2 * to + 1] = keys[2 * slot + 1]!;
      this.values[to] = values[slot]!;
    }
  }
}
