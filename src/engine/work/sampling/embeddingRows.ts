import type { RowReader } from '../../sessions/rowReader.ts';

/** What rows of the embedding may take in memory, bytes: some thousand tokens are most of any text. */
const mostBytes = 64e6;

/** Rows of the embedding that were read before are not read again: a step needs one for each sequence. */
export class EmbeddingRows {
  readonly #reader: RowReader;
  readonly #rows = new Map<number, Float32Array>();

  constructor(reader: RowReader) {
    this.#reader = reader;
  }

  /** `[tokens, D]`. @throws as {@link RowReader.read} */
  read(tokens: ArrayLike<number>): Float32Array {
    const { width } = this.#reader;
    const found = new Float32Array(tokens.length * width);
    for (let i = 0; i < tokens.length; i++) found.set(this.#row(tokens[i]!), i * width);
    return found;
  }

  #row(token: number): Float32Array {
    let row = this.#rows.get(token);
    if (row === undefined) {
      row = this.#reader.read([token]);
      if (this.#rows.size * row.byteLength >= mostBytes) this.#rows.clear();
      this.#rows.set(token, row);
    }
    return row;
  }
}
