import type { Edit } from './piece.ts';

/* The two ways in which vocabularies spell bytes: GPT-2's byte-level alphabet, and `<0xNN>` tokens (byte fallback). */

/**
 * The byte behind each character of the byte-level alphabet (GPT-2, `bytes_to_unicode`): printable bytes are spelled as
 * themselves, the others as the characters from U+0100 on.
 */
export const byteAlphabet: ReadonlyMap<string, number> = (() => {
  const bytes = new Map<string, number>();
  for (let byte = 0, moved = 256; byte < 256; byte++) {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    bytes.set(String.fromCodePoint(printable ? byte : moved++), byte);
  }
  return bytes;
})();

/** Spelling of a byte in vocabularies with byte fallback (SentencePiece), e.g. `<0x0A>`. */
function fallbackSpelling(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** The byte that a token of a vocabulary with byte fallback stands for, undefined for any other token. */
export function fallbackByte(spelling: string): number | undefined {
  const match = /^<0x([0-9A-F]{2})>$/.exec(spelling);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}

const alphabetOf: readonly string[] = [...byteAlphabet]
  .toSorted(([, a], [, b]) => a - b)
  .map(([character]) => character);
const encoder = new TextEncoder();

/** Spelling of a text in the byte-level alphabet. */
function byteSpelling(text: string): string {
  let spelling = '';
  for (const byte of encoder.encode(text)) spelling += alphabetOf[byte]!;
  return spelling;
}

/** The edits that spell a text in the byte-level alphabet, character by character where its bytes are not their own spelling. */
export function byteEdits(text: string): Edit[] {
  return Array.from(text.matchAll(/[^!-~]/gu), ({ 0: character, index }) => ({
    start: index,
    end: index + character.length,
    text: byteSpelling(character),
  }));
}

/**
 * Spells texts in the `<0xNN>` tokens of a vocabulary.
 *
 * @returns the ids of a text's bytes; undefined for a text of which a byte has no token
 */
export function fallbackIds(vocab: ReadonlyMap<string, number>): (text: string) => readonly number[] | undefined {
  const ids = Array.from({ length: 256 }, (_, byte) => vocab.get(fallbackSpelling(byte)));
  return (text) => {
    const spelled = Array.from(encoder.encode(text), (byte) => ids[byte]);
    return spelled.includes(undefined) ? undefined : (spelled as number[]);
  };
}
