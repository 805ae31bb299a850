import { byteAlphabet, fallbackByte } from '../tokenizer/byteAlphabet.ts';
import type { TextTokenizer } from '../tokenizer/tokenizer.ts';
import type { TextRange } from './jinja/render/output.ts';

/* Tells which characters of a text each of its tokens stands for; the tokenizer gives ids alone. */

const encoder = new TextEncoder();
const forms = [undefined, 'NFC', 'NFKC', 'NFD', 'NFKD'] as const;
const spaceByte = 0x20;

/** A text as the bytes that tokens spell, and the character (UTF-16 units) that each byte comes from. */
interface Bytes {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** @returns undefined when the text's parts do not normalise on their own */
function bytesOf(text: string, form: (typeof forms)[number]): Bytes | undefined {
  const parts: { bytes: Uint8Array; start: number; end: number }[] = [];
  let normalised = '';
  for (const { 0: part, index } of text.matchAll(
    form === undefined ? /[\s\S]/gu : /[\s\S](?:[\p{M}\u1160-\u11ff\u3099\u309a])*/gu,
  )) {
    const written = form === undefined ? part : part.normalize(form);
    normalised += written;
    if (written !== part) parts.push({ bytes: encoder.encode(written), start: index, end: index + part.length });
    else {
      let start = index;
      for (const character of part) {
        parts.push({ bytes: encoder.encode(character), start, end: start + character.length });
        start += character.length;
      }
    }
  }
  if (form !== undefined && normalised !== text.normalize(form)) return undefined;
  const length = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const all: Bytes = { bytes: new Uint8Array(length), starts: new Uint32Array(length), ends: new Uint32Array(length) };
  let at = 0;
  for (const { bytes, start, end } of parts) {
    all.bytes.set(bytes, at);
    all.starts.fill(start, at, at + bytes.length);
    all.ends.fill(end, at, at + bytes.length);
    at += bytes.length;
  }
  return all;
}

/** The bytes that a token spells, undefined for one that spells none that is known. */
function tokenBytes(tokenizer: TextTokenizer, id: number): Uint8Array | undefined {
  const spelling = tokenizer.spelling(id);
  if (spelling === undefined) return undefined;
  if (tokenizer.literal.has(id)) return encoder.encode(tokenizer.byteLevel ? spelling : spelling.replaceAll('▁', ' '));
  if (tokenizer.byteLevel) {
    const bytes = Array.from(spelling, (character) => byteAlphabet.get(character));
    return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
  }
  const byte = fallbackByte(spelling);
  return byte === undefined ? encoder.encode(spelling.replaceAll('▁', ' ')) : Uint8Array.of(byte);
}

/**
 * The characters of `text` (UTF-16 units) that each of its tokens stands for: the tokens' bytes are laid along the text's. A token
 * that is part of a character stands for the whole of it.
 *
 * @param ids what `tokenizer.encode(text)` gives
 * @returns undefined when the tokens do not spell the text, as they are or in a Unicode normal form
 */
export function tokenOffsets(tokenizer: TextTokenizer, text: string, ids: readonly number[]): TextRange[] | undefined {
  const tokens = ids.map((id) => tokenBytes(tokenizer, id));
  if (tokens.includes(undefined)) return undefined;
  const spelled = tokens as Uint8Array[];
  const literal = ids.map((id) => tokenizer.literal.has(id));
  for (const form of forms) {
    const bytes = bytesOf(tokenizer.byteLevel ? text : text.replaceAll('▁', ' '), form);
    const offsets = bytes && laidAlong(bytes, spelled, literal, text.length);
    if (offsets !== undefined) return offsets;
  }
  return undefined;
}

function laidAlong(
  all: Bytes,
  tokens: readonly Uint8Array[],
  literal: readonly boolean[],
  length: number,
): TextRange[] | undefined {
  const offsets: TextRange[] = [];
  const { bytes, starts, ends } = all;
  let at = 0;
  const startAt = (byte: number) => (byte < bytes.length ? starts[byte]! : length);
  const matches = (token: Uint8Array, from: number, skip = 0) => {
    if (from + token.length - skip > bytes.length) return false;
    for (let i = skip; i < token.length; i++) if (bytes[from + i - skip] !== token[i]) return false;
    return true;
  };
  for (const [i, token] of tokens.entries()) {
    let from = at;
    let skip = 0;
    // An added token may take the white space around it with it.
    const beside = literal[i] || literal[i - 1];
    if (beside && !matches(token, from)) while (isBlank(bytes[from])) from++;
    if (!literal[i] && (i === 0 || literal[i - 1])) {
      from = at;
      if (token[0] === spaceByte && !runMatches(i, at, 0) && runMatches(i, at, 1)) skip = 1;
    }
    if (!matches(token, from, skip)) return undefined;
    const next = from + token.length - skip;
    const first = literal[i] ? at : from;
    if (from > at && !literal[i]) offsets[i - 1] = { start: offsets[i - 1]!.start, end: startAt(from) };
    // A space that only the tokenizer put there stands for the character after it, as in the reference library.
    const last = Math.max(next - 1, first);
    offsets.push({ start: startAt(first), end: last < bytes.length ? ends[last]! : length });
    at = next;
  }
  while (literal.at(-1) && isBlank(bytes[at])) at++;
  return at === bytes.length ? offsets : undefined;

  /** Whether the tokens from `i` on up to an added one spell the bytes from `from` on, without the first `skip` of theirs. */
  function runMatches(i: number, from: number, skip: number): boolean {
    let byte = from;
    let first = skip;
    let token = i;
    for (; token < tokens.length && !literal[token]; token++) {
      if (!matches(tokens[token]!, byte, first)) return false;
      byte += tokens[token]!.length - first;
      first = 0;
    }
    if (token === tokens.length) return byte === bytes.length;
    while (!matches(tokens[token]!, byte) && isBlank(bytes[byte])) byte++;
    return matches(tokens[token]!, byte);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13);
}
