import { shown } from '../../../files/reading/shown.ts';
import type { JsonObject } from '../../../files/reading/strictJson.ts';
import { fallbackIds } from '../byteAlphabet.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { type Model, remembering, TokenList, type Tokens } from './model.ts';
import { PairTable } from './pairTable.ts';
import { readText, readVocab, spellingsOf, unknownId } from './vocab.ts';
import { type Merges, mergeWord } from './wordMerger.ts';

/**
 * A BPE model, with all its options but dropout: `unk_token`, `fuse_unk`, `byte_fallback`, `ignore_merges`,
 * `continuing_subword_prefix`, `end_of_word_suffix`. A character without a token and without a way out is left out, as
 * the reference library does.
 *
 * @throws InputError by `fault` for what is malformed or not supported
 */
export function bpeModel(model: JsonObject, fault: TokenizerFault): Model {
  if (model['dropout']) {
    throw fault('its model has the option "dropout", which gives other tokens each time and is not supported');
  }
  const vocab = readVocab(model['vocab'], fault);
  const prefix = readText(model, 'continuing_subword_prefix', fault) ?? '';
  const suffix = readText(model, 'end_of_word_suffix', fault) ?? '';
  const unknown = readText(model, 'unk_token', fault);
  const merges = readMerges(model['merges'], vocab, prefix, fault);
  const fuses = model['fuse_unk'] === true;
  const bytes = model['byte_fallback'] === true ? fallbackIds(vocab) : undefined;

  /** The tokens of a word's characters. */
  function characters(word: string): TokenList {
    const list = new TokenList();
    let pending: { start: number; end: number } | undefined;
    const flush = () => {
      if (pending !== undefined) list.add(unknownId(unknown!, vocab, fault), pending.start, pending.end);
      pending = undefined;
    };
    let start = 0;
    for (const character of word) {
      const end = start + character.length;
      const spelled = (start > 0 ? prefix : '') + character + (end === word.length ? suffix : '');
      const id = vocab.get(spelled);
      const fallen = id === undefined ? bytes?.(spelled) : undefined;
      if (id !== undefined) {
        flush();
        list.add(id, start, end);
      } else if (fallen !== undefined) {
        // What is unknown before it comes after it, in the reference library too.
        for (const byte of fallen) list.add(byte, start, end);
      } else if (unknown !== undefined) {
        if (fuses && pending !== undefined) pending = { start: pending.start, end };
        else {
          flush();
          pending = { start, end };
        }
      }
      start = end;
    }
    flush();
    return list;
  }

  const whole = model['ignore_merges'] === true;
  function tokenise(word: string): Tokens {
    const id = whole ? vocab.get(word) : undefined;
    if (id !== undefined) return { ids: [id], starts: [0], ends: [word.length] };
    return mergeWord(characters(word), merges);
  }
  return { vocab, size: vocab.size, spelling: spellingsOf(vocab), tokenise: remembering(tokenise) };
}

/** Merges are `"a b"` in old files and `["a", "b"]` since tokenizers 0.20. */
function readMerges(value: unknown, vocab: ReadonlyMap<string, number>, prefix: string, fault: TokenizerFault): Merges {
  if (!Array.isArray(value)) throw fault('its model lacks the list "merges"');
  const ranks = new PairTable(value.length);
  const merged = new Int32Array(value.length);
  for (const [rank, merge] of (value as unknown[]).entries()) {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right, ...more]: unknown[] = Array.isArray(parts) ? parts : [];
    if (typeof left !== 'string' || typeof right !== 'string' || more.length > 0) {
      throw fault(`its merge ${shown(merge)} is not a pair of tokens`);
    }
    const together = left + right.slice(prefix.length);
    const ids = [left, right, together].map((token) => {
      const id = vocab.get(token);
      if (id === undefined) throw fault(`its merge ${shown(merge)} needs the token ${shown(token)}, which is missing`);
      return id;
    });
    ranks.set(ids[0]!, ids[1]!, rank);
    merged[rank] = ids[2]!;
  }
  return { ranks, merged };
}
