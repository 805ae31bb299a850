import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import { portableRegex } from './oniguruma.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/*
 * Rewrites the pre-tokenizer of a `tokenizer.json`, which splits texts into words, so that the JavaScript library
 * splits where the reference library does.
 */

export interface PreTokenizer {
  /** As the library takes it; null to leave texts whole. */
  readonly json: JsonObject | null;
  /** It ends by spelling bytes in the byte-level alphabet. */
  readonly byteLevel: boolean;
  /** It marks the start of the text, by where it believes that a part of the text stands. */
  readonly marksStart: boolean;
}

/**
 * GPT-2's split, which "ByteLevel" does unless told otherwise. Written out, so that its white space is Unicode's, as in
 * the reference library: the library's own copy of it uses JavaScript's, with U+FEFF and without U+0085.
 */
const gpt2Split = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

function split(source: string): JsonObject {
  return { type: 'Split', pattern: { Regex: source }, behavior: 'Isolated', invert: false };
}

/**
 * The `pre_tokenizer` of a `tokenizer.json`, rewritten where the library departs from the reference library, so that
 * both split alike.
 *
 * @throws InputError by `fault` for a kind whose outcome would differ
 */
export function portablePreTokenizer(value: unknown, fault: TokenizerFault): PreTokenizer {
  const kinds = flatten(value, fault);
  const last = kinds.at(-1);
  kinds.forEach((kind, position) => {
    const { type } = kind;
    if (type === 'ByteLevel' && kind !== last) throw fault('its pre-tokenizer "ByteLevel" is not the last of them');
    if (type === 'Metaspace' && position > 0) throw fault('its pre-tokenizer "Metaspace" is not the first of them');
  });
  const steps = kinds.flatMap((kind) => portable(kind, fault));
  return {
    json: steps.length === 0 ? null : { type: 'Sequence', pretokenizers: steps },
    byteLevel: last?.['type'] === 'ByteLevel',
    marksStart: steps[0]?.['prepend_scheme'] === 'first',
  };
}

function flatten(value: unknown, fault: TokenizerFault): JsonObject[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value)) throw fault('its "pre_tokenizer" is not an object');
  if (value['type'] !== 'Sequence') return [value];
  const inner = value['pretokenizers'];
  if (!Array.isArray(inner)) throw fault('its pre-tokenizer "Sequence" lacks the list "pretokenizers"');
  return inner.flatMap((each) => flatten(each, fault));
}

function portable(kind: JsonObject, fault: TokenizerFault): JsonObject[] {
  switch (kind['type']) {
    case 'Split':
      return [portableSplit(kind, fault)];
    case 'Digits':
      // The library takes ASCII digits only; the reference takes every number of Unicode.
      return [split(kind['individual_digits'] === true ? String.raw`\p{N}` : String.raw`\p{N}+`)];
    case 'ByteLevel':
      return byteLevelSteps(kind);
    case 'Metaspace':
      return metaspaceSteps(kind, fault);
    default:
      throw fault(`its pre-tokenizer ${shown(kind['type'])} is not supported`);
  }
}

/** A pattern as the file gives it: `{"String": …}` or `{"Regex": …}`. */
function readPattern(value: unknown, fault: TokenizerFault): JsonObject {
  const { String: text, Regex: source } = isJsonObject(value) ? value : {};
  if (typeof text === 'string' && text !== '') return { String: text };
  if (typeof source === 'string' && source !== '') return { Regex: portableRegex(source, fault) };
  throw fault('a pattern in it is neither a "String" nor a "Regex"');
}

function portableSplit(kind: JsonObject, fault: TokenizerFault): JsonObject {
  const pattern = readPattern(kind['pattern'], fault);
  const { behavior, invert = false } = kind;
  // Isolated keeps what matches and what does not, so inverting it changes nothing.
  if (behavior === 'Isolated') return { type: 'Split', pattern, behavior, invert: false };
  if (behavior === 'Removed' && invert === true) return { type: 'Split', pattern, behavior, invert };
  throw fault(
    `its pre-tokenizer "Split" has the behavior ${shown(behavior)} with invert ${shown(invert)}, which is not supported`,
  );
}

function byteLevelSteps(kind: JsonObject): JsonObject[] {
  const space = kind['add_prefix_space'] === true;
  const bytes = { type: 'ByteLevel', use_regex: false };
  if (kind['use_regex'] === false) return [{ ...bytes, add_prefix_space: space }];
  // Not `\A(?! )`, which V8 also matches amid surrogate pairs: the first character, and `$&`, itself, after a space.
  const start = { type: 'Replace', pattern: { Regex: String.raw`\A[^ ]` }, content: ' $&' };
  return [...(space ? [start] : []), split(gpt2Split), { ...bytes, add_prefix_space: false }];
}

function metaspaceSteps(kind: JsonObject, fault: TokenizerFault): JsonObject[] {
  const {
    replacement = '▁',
    prepend_scheme: scheme = 'always',
    split: splits = true,
    add_prefix_space: prefix = true,
  } = kind;
  if (typeof replacement !== 'string' || !/^[^\\\]^[&\w-]$/u.test(replacement)) {
    throw fault(`its pre-tokenizer "Metaspace" has the replacement ${shown(replacement)}, which is not supported`);
  }
  const known = scheme === 'always' || scheme === 'first' || scheme === 'never';
  if (!known || (prefix === false && scheme !== 'never')) {
    throw fault(
      `its pre-tokenizer "Metaspace" has prepend_scheme ${shown(scheme)} with add_prefix_space ${shown(prefix)}, ` +
        'which do not go together',
    );
  }
  const step = { type: 'Metaspace', replacement, prepend_scheme: scheme };
  // The library does not split before the replacement, as the reference does unless told otherwise.
  return splits === false ? [step] : [step, split(`${replacement}[^${replacement}]*`)];
}
