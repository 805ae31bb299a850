import { shown } from '../../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../../files/reading/strictJson.ts';
import { byteEdits } from '../byteAlphabet.ts';
import { matchesOf } from '../preTokenizers/splits.ts';
import { portableRegex, textRegex } from '../regex/oniguruma.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { combiningMarks, whiteSpace } from '../unicode/characterSets.ts';
import { classSource, setOf } from '../unicode/codePointSet.ts';
import { bertSteps, eachOf, lowercase, removing, type Step } from './bert.ts';
import { precompiled } from './precompiled.ts';
import { formEdits } from './unicodeForms.ts';

/* Reads the `normalizer` of a `tokenizer.json`, which cleans texts up, as steps that do what the reference library does. */

/**
 * The steps of the `normalizer` of a file, in their order; none for null.
 *
 * @throws InputError by `fault` for what is malformed or not supported
 */
export function readNormalizer(value: unknown, fault: TokenizerFault): Step[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value)) throw fault('its "normalizer" is not an object');
  const { type } = value;
  const flag = (name: string): boolean => {
    const set = value[name];
    if (typeof set !== 'boolean') throw fault(`its normalizer ${shown(type)} lacks the boolean "${name}"`);
    return set;
  };
  switch (type) {
    case 'Sequence': {
      const inner = value['normalizers'];
      if (!Array.isArray(inner)) throw fault('its normalizer "Sequence" lacks the list "normalizers"');
      return inner.flatMap((each) => readNormalizer(each, fault));
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return [(text) => formEdits(text, type)];
    case 'Prepend':
      return [prepend(value, fault)];
    case 'Replace':
      return [replace(value, fault)];
    case 'Precompiled':
      return [precompiled(value['precompiled_charsmap'], fault)];
    case 'Lowercase':
      return [lowercase];
    case 'Strip':
      return [
        ...(flag('strip_left') ? [removing(`(?<![\\s\\S])${white}+`)] : []),
        ...(flag('strip_right') ? [stripRight] : []),
      ];
    case 'StripAccents':
      return [removing(classSource(combiningMarks))];
    case 'Nmt':
      return [removing(String.raw`[\u{1}-\u{8}\u{b}\u{e}-\u{1f}\u{7f}\u{8f}\u{9f}]`), nmtSpaces];
    case 'BertNormalizer': {
      const accents = value['strip_accents'] ?? null;
      if (accents !== null && typeof accents !== 'boolean') {
        throw fault('its normalizer "BertNormalizer" has a "strip_accents" that is neither a boolean nor null');
      }
      return bertSteps(flag('clean_text'), flag('handle_chinese_chars'), accents, flag('lowercase'));
    }
    case 'ByteLevel':
      return [byteEdits];
    default:
      throw fault(`its normalizer ${shown(type)} is not supported`);
  }
}

/** Whether one of its steps spells bytes in the byte-level alphabet. */
export function spellsBytes(steps: readonly Step[]): boolean {
  return steps.includes(byteEdits);
}

const white = classSource(whiteSpace);
const nmtSpace = setOf(
  ...[9, 10, 12, 13, 0x1680, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd].map((point) => [point, point] as const),
  [0x200b, 0x200f],
);
const nmtSpaces = eachOf(new RegExp(classSource(nmtSpace), 'gu'), () => ' ');
const whiteCharacter = new RegExp(`^${white}$`, 'u');

/** Not an expression, which would try each run of white space in the text to its end. */
function stripRight(text: string) {
  let end = text.length;
  while (end > 0 && whiteCharacter.test(text[end - 1]!)) end--;
  return end === text.length ? [] : [{ start: end, end: text.length, text: '' }];
}

function prepend({ prepend: put }: JsonObject, fault: TokenizerFault): Step {
  if (typeof put !== 'string') throw fault('its normalizer "Prepend" lacks the text "prepend"');
  return (text) => prependEdits(text, put);
}

/** The edit that puts something before a text: it stands for the text's first character, as in the reference library. */
export function prependEdits(text: string, put: string) {
  if (text === '') return [];
  const first = String.fromCodePoint(text.codePointAt(0)!);
  return [{ start: 0, end: first.length, text: put + first }];
}

function replace({ pattern, content }: JsonObject, fault: TokenizerFault): Step {
  const { String: plain, Regex: source } = isJsonObject(pattern) ? pattern : {};
  if (typeof content !== 'string' || (typeof plain !== 'string' && typeof source !== 'string')) {
    throw fault('its normalizer "Replace" lacks a "pattern" ("String" or "Regex") or the text "content"');
  }
  const regex = typeof plain === 'string' ? textRegex(plain) : portableRegex(source as string, fault);
  return (text) => {
    const edits: { start: number; end: number; text: string; from: number }[] = [];
    matchesOf(regex, text, (start, end, matched) => {
      // What is put in stands for the last character that it replaces, as in the reference library.
      const width = /[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(start, end)) ? 2 : 1;
      if (matched) edits.push({ start, end, text: content, from: end - width });
    });
    return edits;
  };
}
