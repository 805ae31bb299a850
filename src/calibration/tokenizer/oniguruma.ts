import { shown } from '../../files/reading/shown.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/*
 * Rewrites the regular expressions of a `tokenizer.json` so that JavaScript splits texts where the reference library
 * does.
 */

const escaped = String.raw`\\(?:[pP]\{\w+\}|x\{[\da-fA-F]+\}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|[rntfvsSdDwW]|[^\sA-Za-z0-9])`;
const characterClass = String.raw`\[\^?(?:${escaped}|[^\]\\[&]|&(?!&))+\]`;
const group = String.raw`\((?:\?(?:[:=!]|<[=!]|i:)|(?!\?))`;
const quantifier = String.raw`(?:[*+?]|\{\d+(?:,\d*)?\})\??(?![+*?])`;
const literal = String.raw`[^\\()[\]{}*+?]`;

const unit = new RegExp([escaped, characterClass, group, String.raw`\)`, quantifier, literal].join('|'), 'uy');

/**
 * Between the halves of a surrogate pair V8 lets expressions match that may match nothing. No character is to be seen
 * there; nor is one at the end of the text, where to match nothing splits nothing.
 */
const atCharacter = String.raw`(?=[\s\S])`;

/**
 * A regular expression of a `tokenizer.json` (Oniguruma's Ruby syntax), so that the library's translation to JavaScript
 * splits text where Oniguruma's matches do. Possessive quantifiers and atomic groups, for example, are lost in translation; they
 * and what was not compared are refused.
 *
 * Compared over every code point, with the expressions of GPT-2, GPT-4o, Llama 3, Qwen 2 and Mistral's Tekken: the same
 * splits but for the 4,657 letters and 42 marks that Unicode 17 added, which the reference library does not know yet.
 *
 * @throws InputError by `fault`
 */
export function portableRegex(source: string, fault: TokenizerFault): string {
  unit.lastIndex = 0;
  while (unit.lastIndex < source.length) {
    const at = unit.lastIndex;
    if (!unit.test(source)) throw fault(`its regular expression is not supported from ${shown(source.slice(at))} on`);
  }
  // Case folding is translated for ASCII letters only.
  if (source.includes('(?i:') && /[^\0-\x7f]/.test(source)) {
    throw fault('its regular expression ignores the case of letters beyond ASCII, which is not supported');
  }
  return `${atCharacter}(?:${source})`;
}
