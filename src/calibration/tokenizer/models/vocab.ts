import { shown } from '../../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../../files/reading/strictJson.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';

/* Reads the fields that the models of a `tokenizer.json` share. */

/** Ids are below 2^31, as tables of pairs of them (PairTable) and of what merges make hold them. */
const idLimit = 2 ** 31;

/** Reads the `vocab` of a model that numbers its tokens by name. @throws InputError by `fault` */
export function readVocab(value: unknown, fault: TokenizerFault): Map<string, number> {
  if (!isJsonObject(value)) throw fault('its model lacks the object "vocab"');
  const vocab = new Map<string, number>();
  for (const [token, id] of Object.entries(value)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= idLimit) {
      throw fault(`its vocabulary gives ${shown(token)} the id ${shown(id)}, which is no token id`);
    }
    vocab.set(token, id);
  }
  return vocab;
}

/** The spellings by id. */
export function spellingsOf(vocab: ReadonlyMap<string, number>): (id: number) => string | undefined {
  const spellings = new Map<number, string>();
  for (const [token, id] of vocab) spellings.set(id, token);
  return (id) => spellings.get(id);
}

/** Reads a text, undefined for null or where it is left out. @throws InputError by `fault` for anything else */
export function readText(model: JsonObject, field: string, fault: TokenizerFault): string | undefined {
  const value = model[field] ?? undefined;
  if (value !== undefined && typeof value !== 'string') {
    throw fault(`its model has the ${field} ${shown(value)}, which is not a text`);
  }
  return value;
}

/**
 * The id of the token for what has none, looked up when it is needed: some files name one that they do not have.
 *
 * @throws InputError by `fault` when the vocabulary lacks it
 */
export function unknownId(unknown: string, vocab: ReadonlyMap<string, number>, fault: TokenizerFault): number {
  const id = vocab.get(unknown);
  if (id === undefined) {
    throw fault(`a text has characters without a token, and its vocabulary lacks the unk_token ${shown(unknown)}`);
  }
  return id;
}
