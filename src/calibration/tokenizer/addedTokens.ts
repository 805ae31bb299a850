import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/* Checks the added tokens of a `tokenizer.json`, refusing what the JavaScript library would read differently. */

/** Options of an added token that the library reads differently from the reference library, or not at all. */
const refusedOptions = ['single_word', 'lstrip', 'rstrip'];

/**
 * Checks the `added_tokens` of a `tokenizer.json`.
 *
 * The reference library does not take their ids from the file: a token of the model keeps the model's id, the others
 * are numbered on in the order of the file. A file whose ids say otherwise means two things, and is refused.
 *
 * One difference is left: where Llama 1 normalises `<s>` to `▁<s>`, a text that is just `▁<s>` is taken for the token.
 *
 * @param vocab of the model
 * @returns the tokens as the library takes them
 * @throws InputError by `fault`
 */
export function checkAddedTokens(
  value: unknown,
  vocab: ReadonlyMap<string, number>,
  fault: TokenizerFault,
): JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw fault('its "added_tokens" is not a list');
  const tokens: JsonObject[] = [];
  const ids = new Map<string, number>();
  let next = vocab.size;
  for (const token of value as unknown[]) {
    if (!isJsonObject(token)) throw fault('its "added_tokens" holds what is not an object');
    const { id, content, normalized, special } = token;
    if (typeof content !== 'string') throw fault('an added token has no "content"');
    if (content === '') continue;
    const refused = refusedOptions.find((option) => token[option] === true);
    if (refused !== undefined) {
      throw fault(`its added token ${shown(content)} has the option "${refused}", which is not supported`);
    }
    const due = vocab.get(content) ?? ids.get(content) ?? next;
    if (id !== due) {
      throw fault(
        `it gives the added token ${shown(content)} the id ${shown(id)}, where the tokenizers library would number it ${due}`,
      );
    }
    ids.set(content, due);
    next = Math.max(next, due + 1);
    tokens.push({ id, content, normalized: normalized === true, special: special === true });
  }
  return tokens;
}
