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
export function fallbackSpelling(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** The byte that a token of a vocabulary with byte fallback stands for, undefined for any other token. */
export function fallbackByte(spelling: string): number | undefined {
  const match = /^<0x([0-9A-F]{2})>$/.exec(spelling);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}
