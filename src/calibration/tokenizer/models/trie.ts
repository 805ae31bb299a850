import { PairTable } from './pairTable.ts';

/** Texts with a number each, found by what they begin with. */
export class Trie {
  private readonly children: PairTable;
  /** By node, the number of the text that ends there, -1 where none does. */
  private values = new Int32Array(1024).fill(-1);
  private nodes = 1;
  private readonly first = new Uint8Array(0x10000);

  /** @param expected how many units (UTF-16) the texts have together, at most */
  constructor(expected: number) {
    this.children = new PairTable(expected);
  }

  /** Puts a text in, in place of the same one before. @param text not empty */
  set(text: string, value: number): void {
    let node = 0;
    this.first[text.charCodeAt(0)] = 1;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const child = this.children.get(node, unit);
      if (child < 0) this.children.set(node, unit, this.nodes);
      node = child < 0 ? this.newNode() : child;
    }
    this.values[node] = value;
  }

  /** Whether some text begins with this unit. */
  mayBegin(unit: number): boolean {
    return this.first[unit] === 1;
  }

  /** Calls `visit` with each text that stands at a place of `text`, shorter ones first: its number and its end. */
  visitAt(text: string, at: number, visit: (value: number, end: number) => void): void {
    let node = 0;
    for (let i = at; i < text.length; i++) {
      node = this.children.get(node, text.charCodeAt(i));
      if (node < 0) return;
      const value = this.values[node]!;
      if (value >= 0) visit(value, i + 1);
    }
  }

  private newNode(): number {
    if (this.nodes === this.values.length) {
      const values = new Int32Array(2 * this.nodes).fill(-1);
      values.set(this.values);
      this.values = values;
    }
    return this.nodes++;
  }
}
