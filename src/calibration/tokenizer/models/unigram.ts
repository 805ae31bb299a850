import { shown } from '../../../files/reading/shown.ts';
import type { JsonObject } from '../../../files/reading/strictJson.ts';
import { fallbackIds } from '../byteAlphabet.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { type Model, remembering, TokenList, type Tokens } from './model.ts';
import { Trie } from './trie.ts';

/** What a character without a token costs beyond the least score of the vocabulary (SentencePiece). */
const unknownPenalty = 10;

/**
 * A Unigram model (SentencePiece): of all ways to write a word in tokens, the one with the greatest sum of scores.
 * Unknown characters beside each other are one token.
 *
 * @throws InputError by `fault` for what is malformed
 */
export function unigramModel(model: JsonObject, fault: TokenizerFault): Model {
  const pieces = readPieces(model['vocab'], fault);
  const unknown = model['unk_id'] ?? undefined;
  if (unknown !== undefined && !(Number.isInteger(unknown) && pieces[unknown as number] !== undefined)) {
    throw fault(`its model has the unk_id ${shown(unknown)}, which is no token of it`);
  }
  const vocab = new Map(pieces.map(([token], id) => [token, id]));
  const scores = Float64Array.from(pieces, ([, score]) => score);
  const unknownScore = pieces.reduce((least, [, score]) => Math.min(least, score), Infinity) - unknownPenalty;
  const trie = new Trie(pieces.reduce((sum, [token]) => sum + token.length, 0));
  for (const [token, id] of vocab) if (token !== '') trie.set(token, id);
  const bytes = model['byte_fallback'] === true ? fallbackIds(vocab) : undefined;

  const theUnknown = (): number => {
    if (unknown === undefined) throw fault('a text has characters without a token, and its model has no unk_id');
    return unknown as number;
  };

  /** Of each place in the word, the id of the best way's last token and where it begins. */
  function bestWay(word: string): { ids: Int32Array; starts: Int32Array } {
    const ids = new Int32Array(word.length + 1);
    const starts = new Int32Array(word.length + 1).fill(-1);
    const best = new Float64Array(word.length + 1);
    let at = 0;
    let next = 0;
    let single = false;
    const reach = (id: number, end: number, score: number) => {
      const sum = score + best[at]!;
      if (starts[end]! >= 0 && !(sum > best[end]!)) return;
      best[end] = sum;
      starts[end] = at;
      ids[end] = id;
    };
    const visit = (id: number, end: number) => {
      reach(id, end, scores[id]!);
      if (end === next) single = true;
    };
    for (; at < word.length; at = next) {
      next = at + (word.codePointAt(at)! > 0xffff ? 2 : 1);
      single = false;
      trie.visitAt(word, at, visit);
      if (!single) reach(unknown === undefined ? theUnknown() : (unknown as number), next, unknownScore);
    }
    return { ids, starts };
  }

  function tokenise(word: string): Tokens {
    const { ids, starts } = bestWay(word);
    const parts: [start: number, end: number, fused: boolean][] = [];
    for (let end = word.length; end > 0; end = starts[end]!) {
      const fuses = unknown !== undefined && ids[end] === unknown;
      const after = parts.at(-1);
      if (fuses && after?.[2] === true) after[0] = starts[end]!;
      else parts.push([starts[end]!, end, fuses]);
    }
    const list = new TokenList();
    for (const [start, end] of parts.reverse()) {
      const text = word.slice(start, end);
      const id = vocab.get(text);
      const fallen = id === undefined ? bytes?.(text) : undefined;
      for (const one of fallen ?? [id ?? theUnknown()]) list.add(one, start, end);
    }
    return list;
  }
  return {
    vocab,
    size: pieces.length,
    spelling: (id) => pieces[id]?.[0],
    tokenise: remembering(tokenise),
  };
}

function readPieces(value: unknown, fault: TokenizerFault): [token: string, score: number][] {
  if (!Array.isArray(value)) throw fault('its model lacks the list "vocab"');
  return value.map((piece: unknown) => {
    const [token, score, ...more]: unknown[] = Array.isArray(piece) ? piece : [];
    if (typeof token !== 'string' || typeof score !== 'number' || more.length > 0) {
      throw fault(`its vocabulary holds ${shown(piece)}, which is not a token with its score`);
    }
    return [token, score];
  });
}
