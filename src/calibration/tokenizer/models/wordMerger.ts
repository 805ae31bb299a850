import { TokenList, type Tokens } from './model.ts';
import type { PairTable } from './pairTable.ts';

/* Merges the tokens of a word, the earliest merge of the list first and from left to right, as the reference library does. */

export interface Merges {
  /** The rank of each pair of ids in the list of merges. */
  readonly ranks: PairTable;
  /** By rank, the id that the pair becomes. */
  readonly merged: Int32Array;
}

/** Ranks go before places in the keys of the queue: a word has fewer characters than this. */
const places = 2 ** 26;

/** The tokens of a word after all merges. @param tokens of its characters */
export function mergeWord(tokens: TokenList, { ranks, merged }: Merges): Tokens {
  const count = tokens.ids.length;
  if (count < 2) return tokens;
  const ids = Int32Array.from(tokens.ids);
  const ends = Int32Array.from(tokens.ends);
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const gone = new Uint8Array(count);
  const queue = new Queue();
  const offer = (left: number, right: number) => {
    const rank = ranks.get(ids[left]!, ids[right]!);
    if (rank >= 0) queue.put(rank * places + left);
  };
  for (let i = 0; i + 1 < count; i++) offer(i, i + 1);
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    const left = key % places;
    const becomes = merged[(key - left) / places]!;
    const right = next[left]!;
    if (gone[left] === 1 || right < 0) continue;
    // The pair here may be another by now. One that becomes the same token is merged in its stead, as in the reference.
    const rank = ranks.get(ids[left]!, ids[right]!);
    if (rank < 0 || merged[rank] !== becomes) continue;
    ids[left] = becomes;
    ends[left] = ends[right]!;
    gone[right] = 1;
    const after = next[right]!;
    next[left] = after;
    if (after >= 0) previous[after] = left;
    if (previous[left]! >= 0) offer(previous[left]!, left);
    if (after >= 0) offer(left, after);
  }
  const list = new TokenList();
  for (let i = 0; i >= 0; i = next[i]!) list.add(ids[i]!, tokens.starts[i]!, ends[i]!);
  return list;
}

/** A queue of numbers, the least first (a binary heap). */
class Queue {
  private readonly heap: number[] = [];

  put(key: number): void {
    const { heap } = this;
    let at = heap.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= key) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = key;
  }

  take(): number | undefined {
    const { heap } = this;
    const least = heap[0];
    const key = heap.pop();
    if (key === undefined || heap.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
    return least;
  }
}
