import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';

/* Which token each id of a `tokenizer.json` is. */

/** The tokens of a `tokenizer.json`, as it spells them. */
export interface TokenTable {
  readonly tokens: ReadonlyMap<number, string>;
  /** Ids of added tokens: special ones, and room kept for some to come. */
  readonly added: ReadonlySet<number>;
}

/** `{"a": 0}` of BPE, WordPiece and WordLevel; `[["a", -1.5]]`, where the place is the id, of Unigram. */
function* vocabularyEntries(vocab: unknown): Generator<readonly [string, unknown]> {
  if (isJsonObject(vocab)) yield* Object.entries(vocab);
  if (!Array.isArray(vocab)) return;
  for (const [id, entry] of (vocab as unknown[]).entries()) {
    if (Array.isArray(entry) && typeof entry[0] === 'string') yield [entry[0], id];
  }
}

/**
 * Reads the tokens of a parsed `tokenizer.json` (https://huggingface.co/docs/tokenizers), whatever its model is. Where two
 * have one id an added token is the one that counts, or else the last.
 *
 * @param path the file's, for messages
 * @throws InputError for an id that is none
 */
export function tokenTable(json: unknown, path: string): TokenTable {
  const { model, added_tokens: addedTokens } = isJsonObject(json) ? json : {};
  if (!isJsonObject(model)) throw new InputError(`"${path}" lacks the object "model".`);
  const tokens = new Map<number, string>();
  const added = new Set<number>();
  const take = (token: string, id: unknown): number => {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      throw new InputError(
        `"${path}" gives the token ${shown(token)} the id ${shown(id)}, which is no whole number from 0 up.`,
      );
    }
    tokens.set(id, token);
    return id;
  };
  for (const [token, id] of vocabularyEntries(model['vocab'])) take(token, id);
  for (const entry of Array.isArray(addedTokens) ? (addedTokens as unknown[]) : []) {
    if (!isJsonObject(entry) || typeof entry['content'] !== 'string') continue;
    added.add(take(entry['content'], entry['id']));
  }
  return { tokens, added };
}
