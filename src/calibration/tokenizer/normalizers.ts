import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/**
 * Rewrites the `normalizer` of a `tokenizer.json`, which cleans texts up, so that the JavaScript library does what the
 * reference library (Rust, Python) does.
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
      const text = isJsonObject(value['pattern']) ? value['pattern']['String'] : undefined;
      if (typeof content !== 'string' || typeof text !== 'string' || text === '') {
        throw fault('its normalizer "Replace" does not replace a text with a text, and nothing else is supported');
      }
      // The library hands the text to String.replaceAll, where a dollar sign stands for a part of the match.
      return [{ type, pattern: { String: text }, content: content.replaceAll('$', '$$$$') }];
    }
    default:
      throw fault(`its normalizer ${shown(type)} is not supported`);
  }
}
