import { shown } from '../checkpoint/shown.ts';
import { isJsonObject, type JsonObject } from '../checkpoint/strictJson.ts';
import { checkOniguruma } from './oniguruma.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/**
 * The `normalizer` of a `tokenizer.json` as the library takes it, so that it does what the reference library does.
 *
 * The Unicode forms are those of Node's Unicode version, the reference's those of Unicode 9: measured over every code
 * point, NFC differs in the order of 154 combining marks that were added since, NFKC in 325 characters.
 *
 * @throws InputError by `fault` for a kind whose outcome would differ
 */
export function portableNormalizer(value: unknown, fault: TokenizerFault): JsonObject | null {
  const steps = steppedNormalizers(value, fault);
  return steps.length === 0 ? null : { type: 'Sequence', normalizers: steps };
}

function steppedNormalizers(value: unknown, fault: TokenizerFault): JsonObject[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value)) throw fault('its "normalizer" is not an object');
  const { type } = value;
  switch (type) {
    case 'Sequence': {
      const inner = value['normalizers'];
      if (!Array.isArray(inner)) throw fault('its normalizer "Sequence" lacks the list "normalizers"');
      return inner.flatMap((each) => steppedNormalizers(each, fault));
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return [{ type }];
    case 'Prepend': {
      const { prepend } = value;
      if (typeof prepend !== 'string') throw fault('its normalizer "Prepend" lacks the text "prepend"');
      return [{ type, prepend }];
    }
    case 'Replace': {
      const { content } = value;
      if (typeof content !== 'string') throw fault('its normalizer "Replace" lacks the text "content"');
      // The library hands the text to String.replaceAll, where a dollar sign stands for a part of the match.
      return [{ type, pattern: readPattern(value['pattern'], fault), content: content.replaceAll('$', '$$$$') }];
    }
    default:
      throw fault(`its normalizer ${shown(type)} is not supported`);
  }
}

/** A pattern as the file gives it: `{"String": …}` or `{"Regex": …}`. */
export function readPattern(value: unknown, fault: TokenizerFault): JsonObject {
  const { String: text, Regex: source } = isJsonObject(value) ? value : {};
  if (typeof text === 'string' && text !== '') return { String: text };
  if (typeof source !== 'string' || source === '') throw fault('a pattern in it is neither a "String" nor a "Regex"');
  checkOniguruma(source, fault);
  return { Regex: source };
}
