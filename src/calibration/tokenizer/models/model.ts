/* What the models of a `tokenizer.json` have in common: they turn a word into tokens. */

/** The tokens of a word. */
export interface Tokens {
  readonly ids: readonly number[];
  /** Of each token, where it begins in the word (UTF-16 units) and where it ends (exclusive). */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export interface Model {
  /** Id of every token, added tokens left out. */
  readonly vocab: ReadonlyMap<string, number>;
  /** How many tokens it has, which is where the ids of added tokens begin. */
  readonly size: number;
  /** The spelling of an id, undefined where there is none. */
  spelling(id: number): string | undefined;
  /** @throws InputError for a word that it has no token for */
  tokenise(word: string): Tokens;
}

/** Tokens put together one by one. */
export class TokenList implements Tokens {
  readonly ids: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(id: number, start: number, end: number): void {
    this.ids.push(id);
    this.starts.push(start);
    this.ends.push(end);
  }
}

/** Longer words are rare, and would take much memory. */
const longestCached = 256;
const mostCached = 50_000;

/** A function of words that remembers what it has told. */
export function remembering(tokenise: (word: string) => Tokens): (word: string) => Tokens {
  const known = new Map<string, Tokens>();
  return (word) => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const tokens = tokenise(word);
    if (word.length <= longestCached) {
      if (known.size >= mostCached) known.clear();
      known.set(word, tokens);
    }
    return tokens;
  };
}
