import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import { byteAlphabet, fallbackSpelling } from './byteAlphabet.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/*
 * Checks the BPE model of a `tokenizer.json`, refusing what would give other ids than the reference library (Rust,
 * Python).
 */

/** A BPE model that the tokenizer library encodes with as the reference library (Rust, Python) does. */
export interface BpeModel {
  /** Id of every token, added tokens left out. */
  readonly vocab: ReadonlyMap<string, number>;
  /** The model as the library takes it. */
  readonly json: JsonObject;
}

/** Options of the model that change ids and are not supported; absent, null, false, 0 and '' leave them off. */
const refusedOptions = ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix'];

/**
 * Checks the `model` of a `tokenizer.json`.
 *
 * The library and the reference treat characters without a token differently (the reference drops them and merges their
 * neighbours), so every byte must have one: 256 byte-level characters, or 256 `<0xNN>` tokens with byte fallback.
 *
 * @param byteLevel the pre-tokenizer spells text in the byte-level alphabet
 * @throws InputError by `fault`
 */
export function checkBpeModel(model: unknown, byteLevel: boolean, fault: TokenizerFault): BpeModel {
  if (!isJsonObject(model)) throw fault('it lacks the object "model"');
  if ((model['type'] ?? 'BPE') !== 'BPE')
    throw fault(`its model is ${shown(model['type'])}, and only "BPE" is supported`);
  for (const option of refusedOptions) {
    if (model[option]) throw fault(`its model has the option "${option}", which is not supported`);
  }
  const vocab = readVocab(model['vocab'], fault);
  const merges = readMerges(model['merges'], vocab, fault);
  const byteFallback = model['byte_fallback'] === true;
  if (!byteLevel && !byteFallback) {
    throw fault('it is neither byte-level nor has byte fallback, so some text would have no tokens');
  }
  const spellings = byteLevel ? byteAlphabet.keys() : Array.from({ length: 256 }, (_, byte) => fallbackSpelling(byte));
  for (const spelling of spellings) {
    if (!vocab.has(spelling)) throw fault(`its vocabulary lacks the byte token ${shown(spelling)}`);
  }
  return {
    vocab,
    json: {
      type: 'BPE',
      vocab: model['vocab'],
      merges,
      byte_fallback: byteFallback,
      ignore_merges: model['ignore_merges'] === true,
    },
  };
}

function readVocab(value: unknown, fault: TokenizerFault): ReadonlyMap<string, number> {
  if (!isJsonObject(value)) throw fault('its model lacks the object "vocab"');
  const vocab = new Map<string, number>();
  for (const [token, id] of Object.entries(value)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= 2 ** 31) {
      throw fault(`its vocabulary gives ${shown(token)} the id ${shown(id)}, which is no token id`);
    }
    vocab.set(token, id);
  }
  return vocab;
}

/** Merges are `"a b"` in old files and `["a", "b"]` since tokenizers 0.20. */
function readMerges(value: unknown, vocab: ReadonlyMap<string, number>, fault: TokenizerFault): [string, string][] {
  if (!Array.isArray(value)) throw fault('its model lacks the list "merges"');
  return value.map((merge: unknown) => {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right, ...more]: unknown[] = Array.isArray(parts) ? parts : [];
    if (typeof left !== 'string' || typeof right !== 'string' || more.length > 0) {
      throw fault(`its merge ${shown(merge)} is not a pair of tokens`);
    }
    for (const token of [left, right, left + right]) {
      if (!vocab.has(token)) throw fault(`its merge ${shown(merge)} needs the token ${shown(token)}, which is missing`);
    }
    return [left, right];
  });
}
