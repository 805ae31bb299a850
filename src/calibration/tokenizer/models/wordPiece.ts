import { shown } from '../../../files/reading/shown.ts';
import type { JsonObject } from '../../../files/reading/strictJson.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { type Model, remembering, TokenList, type Tokens } from './model.ts';
import { readText, readVocab, spellingsOf, unknownId } from './vocab.ts';

/**
 * A WordPiece model (BERT): the longest token that a word begins with, then the longest that the rest does; a word that this
 * does not end is unknown as a whole.
 *
 * @throws InputError by `fault` for what is malformed
 */
export function wordPieceModel(model: JsonObject, fault: TokenizerFault): Model {
  const vocab = readVocab(model['vocab'], fault);
  const prefix = readText(model, 'continuing_subword_prefix', fault) ?? '##';
  const unknown = readText(model, 'unk_token', fault) ?? '[UNK]';
  const most = readMost(model, fault);
  const longest = [...vocab.keys()].reduce((length, token) => Math.max(length, token.length), 0);

  function tokenise(word: string): Tokens {
    const list = new TokenList();
    // Counted in characters, of which a word has at least half as many as UTF-16 units.
    const tooLong = word.length > most && [...word].length > most;
    let start = 0;
    while (start < word.length && !tooLong) {
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      for (; end > start; end--) {
        id = vocab.get((start > 0 ? prefix : '') + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) break;
      list.add(id, start, end);
      start = end;
    }
    if (start === word.length) return list;
    return { ids: [unknownId(unknown, vocab, fault)], starts: [0], ends: [word.length] };
  }
  return { vocab, size: vocab.size, spelling: spellingsOf(vocab), tokenise: remembering(tokenise) };
}

function readMost({ max_input_chars_per_word: most = 100 }: JsonObject, fault: TokenizerFault): number {
  if (typeof most === 'number') return most;
  throw fault(`its model has the max_input_chars_per_word ${shown(most)}, which is not a number`);
}

/**
 * A WordLevel model: a word is a token, or unknown.
 *
 * @throws InputError by `fault` for what is malformed
 */
export function wordLevelModel(model: JsonObject, fault: TokenizerFault): Model {
  const vocab = readVocab(model['vocab'], fault);
  const unknown = readText(model, 'unk_token', fault) ?? '<unk>';
  return {
    vocab,
    size: vocab.size,
    spelling: spellingsOf(vocab),
    tokenise: (word) => ({
      ids: [vocab.get(word) ?? unknownId(unknown, vocab, fault)],
      starts: [0],
      ends: [word.length],
    }),
  };
}
