import { attentionChunks, chunksOf } from '../../graph/layers/attention/attentionChunks.ts';
import type { Target } from '../../method/attribution.ts';

/* Cuts the rows of a batch of targets into chunks, in which attention's backward is computed. */

/** A chunk of rows: B rows, the K keys that they look at, and n targets that have a gradient there. */
export interface ChunkPacking {
  /** Whether the batch has it: those that it does not have are of one row without a gradient. */
  readonly used: boolean;
  /** `[B]`. */
  readonly rows: Int32Array;
  /** `[K]`. */
  readonly keys: Int32Array;
  /** Packed row of each of the targets' rows, M where there is none, `[n, B]`. */
  readonly unpack: Int32Array;
}

export interface AttentionPacking {
  /** As many as the graph has. */
  readonly chunks: readonly ChunkPacking[];
  /** Each packed row's place in all `[n, B]`, laid end to end: `[M]`. */
  readonly queryPlaces: Int32Array;
  /** For every chunk used each target's rows' places in all `[n, K]`, laid end to end, past them where there is none: `[used, N, T]`. */
  readonly keyPlaces: Int32Array;
}

const span = (from: number, end: number) => Int32Array.from({ length: end - from }, (_, i) => from + i);

/**
 * Cuts rows `0..T-1` into chunks. Row r looks at keys `0..r`, and only targets whose own row is r or later
 * have a gradient there: a chunk has the keys up to its end and the targets that reach its beginning.
 * @param chunkRows of a chunk at least, unless there is only one
 */
export function packAttention(targets: readonly Target[], chunkRows?: number): AttentionPacking {
  const rows = Math.max(...targets.map(({ row }) => row)) + 1;
  const firstPacked: number[] = [];
  let total = 0;
  for (const { row } of targets) {
    firstPacked.push(total);
    total += row + 1;
  }
  const cut = chunksOf(rows, chunkRows);
  const used = cut.length;
  const queryPlaces = new Int32Array(total);
  const keyPlaces = new Int32Array(used * targets.length * rows).fill(-1);
  const chunks: ChunkPacking[] = [];
  let [queryPlace, keyPlace] = [0, 0];
  for (const [chunk, { from: start, end }] of cut.entries()) {
    const reaching = [...targets.keys()].filter((n) => targets[n]!.row >= start);
    const unpack = new Int32Array(reaching.length * (end - start)).fill(total);
    for (const [i, n] of reaching.entries()) {
      const own = Math.min(end, targets[n]!.row + 1);
      for (let row = start; row < own; row++) {
        const packed = firstPacked[n]! + row;
        unpack[i * (end - start) + row - start] = packed;
        queryPlaces[packed] = queryPlace + row - start;
      }
      queryPlace += end - start;
      for (let row = 0; row < end; row++) keyPlaces[(chunk * targets.length + n) * rows + row] = keyPlace + row;
      keyPlace += end;
    }
    chunks.push({ used: true, rows: span(start, end), keys: span(0, end), unpack });
  }
  const unused = { used: false, rows: span(0, 1), keys: span(0, 1), unpack: Int32Array.of(total) };
  // A row of zeros stands for each chunk left out; the one after the last is zero in either case.
  const none = keyPlace + attentionChunks - used;
  return {
    chunks: [...chunks, ...Array<ChunkPacking>(attentionChunks - used).fill(unused)],
    queryPlaces,
    keyPlaces: keyPlaces.map((place) => (place < 0 ? none : place)),
  };
}
