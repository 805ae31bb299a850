import { shown } from '../../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../../files/reading/strictJson.ts';
import { byteAlphabet } from '../byteAlphabet.ts';
import { matchesOf } from '../preTokenizers/splits.ts';
import { portableRegex, textRegex } from '../regex/oniguruma.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';

/*
 * Reads the `decoder` of a `tokenizer.json`, which makes text of tokens' spellings, as the reference library (Rust, Python)
 * does it.
 */

/** Takes the spellings of tokens in a row, and gives parts of the text: as many, or fewer. */
export type Decode = (spellings: readonly string[]) => readonly string[];

const deepest = 64;

/**
 * The decoder of a file; for null spellings stand side by side with a space between.
 *
 * @throws InputError by `fault` for what is malformed or not supported
 */
export function readDecoder(value: unknown, fault: TokenizerFault): (spellings: readonly string[]) => string {
  if (value === null || value === undefined) return (spellings) => spellings.join(' ');
  const decode = decoderOf(value, fault, 0);
  return (spellings) => decode(spellings).join('');
}

function decoderOf(value: unknown, fault: TokenizerFault, depth: number): Decode {
  if (!isJsonObject(value)) throw fault('its "decoder" is not an object');
  const { type } = value;
  switch (type) {
    case 'Sequence': {
      const inner = value['decoders'];
      if (!Array.isArray(inner)) throw fault('its decoder "Sequence" lacks the list "decoders"');
      if (depth === deepest) throw fault('its decoders nest too deep');
      const steps = inner.map((each) => decoderOf(each, fault, depth + 1));
      return (spellings) => steps.reduce((parts, step) => step(parts), spellings);
    }
    case 'ByteLevel':
      return (spellings) => [utf8Text(spellings.flatMap(alphabetBytes))];
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return (spellings) => [spellings.join('')];
    case 'Metaspace':
      return metaspace(value, fault);
    case 'Replace':
      return replace(value, fault);
    case 'Strip':
      return strip(value, fault);
    case 'WordPiece':
      return wordPiece(value, fault);
    case 'BPEDecoder': {
      const suffix = textOf(value, 'suffix', fault);
      return (spellings) =>
        spellings.map((spelling, i) => spelling.replaceAll(suffix, i === spellings.length - 1 ? '' : ' '));
    }
    default:
      throw fault(`its decoder ${shown(type)} is not supported`);
  }
}

function textOf(value: JsonObject, field: string, fault: TokenizerFault): string {
  const text = value[field];
  if (typeof text !== 'string') throw fault(`its decoder ${shown(value['type'])} lacks the text "${field}"`);
  return text;
}

function utf8Text(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** The bytes that a token spells; one with a character beyond the alphabet spells its own. */
function alphabetBytes(spelling: string): readonly number[] {
  const bytes = Array.from(spelling, (character) => byteAlphabet.get(character));
  return bytes.includes(undefined) ? [...new TextEncoder().encode(spelling)] : (bytes as number[]);
}

/** Bytes in a row that are no text become as many replacement characters. */
function byteFallback(spellings: readonly string[]): string[] {
  const parts: string[] = [];
  let held: number[] = [];
  const flush = () => {
    if (held.length === 0) return;
    try {
      parts.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(held)));
    } catch {
      for (const _ of held) parts.push('\ufffd');
    }
    held = [];
  };
  for (const spelling of spellings) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(spelling);
    if (byte !== null) held.push(Number.parseInt(byte[1]!, 16));
    else {
      flush();
      parts.push(spelling);
    }
  }
  flush();
  return parts;
}

/** The mark before a text's first word stands for nothing, unless none was put there. */
function metaspace(value: JsonObject, fault: TokenizerFault): Decode {
  const mark = textOf(value, 'replacement', fault);
  const scheme = value['prepend_scheme'] ?? (value['add_prefix_space'] === false ? 'never' : 'always');
  return (spellings) =>
    spellings.map((spelling, i) => spelling.replaceAll(mark, i === 0 && scheme !== 'never' ? '' : ' '));
}

function replace(value: JsonObject, fault: TokenizerFault): Decode {
  const content = textOf(value, 'content', fault);
  const { String: plain, Regex: source } = isJsonObject(value['pattern']) ? value['pattern'] : {};
  if (typeof plain !== 'string' && typeof source !== 'string') {
    throw fault('its decoder "Replace" lacks a "pattern" ("String" or "Regex")');
  }
  const regex = typeof plain === 'string' ? textRegex(plain) : portableRegex(source as string, fault);
  return (spellings) =>
    spellings.map((spelling) => {
      let text = '';
      matchesOf(regex, spelling, (start, end, matched) => {
        text += matched ? content : spelling.slice(start, end);
      });
      return text;
    });
}

function strip(value: JsonObject, fault: TokenizerFault): Decode {
  const content = textOf(value, 'content', fault);
  const count = (field: string) => {
    const most = value[field];
    if (typeof most === 'number' && Number.isInteger(most) && most >= 0) return most;
    throw fault(`its decoder "Strip" lacks the whole number "${field}"`);
  };
  const [first, last] = [count('start'), count('stop')];
  return (spellings) =>
    spellings.map((spelling) => {
      const characters = [...spelling];
      let start = 0;
      while (start < first && characters[start] === content) start++;
      let end = characters.length;
      while (characters.length - end < last && end > start && characters[end - 1] === content) end--;
      return characters.slice(start, end).join('');
    });
}

/** Spaces that English does not have before these. */
const cleaned: readonly (readonly [written: string, meant: string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function wordPiece(value: JsonObject, fault: TokenizerFault): Decode {
  const prefix = textOf(value, 'prefix', fault);
  const cleanup = value['cleanup'] !== false;
  return (spellings) =>
    spellings.map((spelling, i) => {
      let text = spelling;
      if (i > 0) text = spelling.startsWith(prefix) ? spelling.slice(prefix.length) : ` ${spelling}`;
      return cleanup ? cleaned.reduce((done, [written, meant]) => done.replaceAll(written, meant), text) : text;
    });
}
