import { byteAlphabet, fallbackByte } from './byteAlphabet.ts';
import type { TextTokenizer } from './tokenizer.ts';

/* The text of single tokens, as it is shown to people. */

const hex = (byte: number) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** Bytes as UTF-8 text; bytes of an incomplete or broken sequence are shown as `\xNN`. Never throws. */
export function bytesText(bytes: readonly number[]): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    try {
      text += strict.decode(Uint8Array.from(bytes.slice(at, at + length)));
      at += length;
    } catch {
      text += hex(lead);
      at++;
    }
  }
  return text;
}

/** The bytes that a token spells; undefined for one whose spelling is its text, as those of added tokens are. */
function spelledBytes(tokenizer: TextTokenizer, id: number): readonly number[] | undefined {
  const spelling = tokenizer.spelling(id);
  if (spelling === undefined || tokenizer.literal.has(id)) return undefined;
  if (!tokenizer.byteLevel) {
    const byte = fallbackByte(spelling);
    return byte === undefined ? undefined : [byte];
  }
  const bytes = Array.from(spelling, (character) => byteAlphabet.get(character));
  return bytes.includes(undefined) ? undefined : (bytes as number[]);
}

/**
 * Display text of one token. Untrusted: it may hold anything that a vocabulary may. A token that is part of a character is
 * shown as `\xNN` bytes; an id without a token as `<id>`.
 */
export function tokenText(tokenizer: TextTokenizer, id: number): string {
  const bytes = spelledBytes(tokenizer, id);
  if (bytes !== undefined) return bytesText(bytes);
  const spelling = tokenizer.spelling(id);
  if (spelling === undefined) return `<${id}>`;
  return tokenizer.byteLevel || tokenizer.literal.has(id) ? spelling : spelling.replaceAll('▁', ' ');
}

/** Display text of tokens in a row, characters that several of them make together being whole. Untrusted. */
export function runText(tokenizer: TextTokenizer, ids: Iterable<number>): string {
  let text = '';
  let held: number[] = [];
  for (const id of ids) {
    const bytes = spelledBytes(tokenizer, id);
    if (bytes !== undefined) held.push(...bytes);
    else {
      text += bytesText(held) + tokenText(tokenizer, id);
      held = [];
    }
  }
  return text + bytesText(held);
}
