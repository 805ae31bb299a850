import type { Edit } from '../piece.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { graphemes } from './graphemes.ts';

/*
 * The normalizer "Precompiled": SentencePiece's rules, as the file has them in base 64. A little-endian 32-bit length in
 * bytes, a trie of so many bytes (a Darts double array of 32-bit units over UTF-8), then the replacements, each ended by a NUL byte.
 */

const encoder = new TextEncoder();
/** Graphemes of fewer UTF-8 bytes are looked up whole; the reference library looks up longer ones by character. */
const wholeBytes = 6;

/**
 * @returns the edits that SentencePiece's rules make
 * @throws InputError by `fault` when the rules are malformed
 */
export function precompiled(charsmap: unknown, fault: TokenizerFault): (text: string) => Edit[] {
  if (typeof charsmap !== 'string') throw fault('its normalizer "Precompiled" lacks the text "precompiled_charsmap"');
  const bytes = Buffer.from(charsmap, 'base64');
  const trieBytes = bytes.length < 4 ? -1 : bytes.readUInt32LE(0);
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw fault('the rules of its normalizer "Precompiled" are malformed');
  }
  const trie = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const replacements = bytes.subarray(4 + trieBytes);
  const known = new Map<string, string | undefined>();
  return edits;

  /** What the shortest beginning of `part` with a rule becomes: it stands for the whole part, as in the reference library. */
  function replacement(part: string): string | undefined {
    if (known.has(part)) return known.get(part);
    const at = firstRule(trie, encoder.encode(part));
    const end = at === undefined ? -1 : replacements.indexOf(0, at);
    const text = at === undefined ? undefined : replacements.toString('utf8', at, end < 0 ? undefined : end);
    if (known.size < 100_000) known.set(part, text);
    return text;
  }

  function edits(text: string): Edit[] {
    const made: Edit[] = [];
    const edit = (start: number, part: string): boolean => {
      const written = replacement(part);
      if (written !== undefined && written !== part) made.push({ start, end: start + part.length, text: written });
      return written !== undefined;
    };
    for (const { segment, index } of graphemes(text)) {
      if (Buffer.byteLength(segment) < wholeBytes && edit(index, segment)) continue;
      let at = index;
      for (const character of segment) {
        edit(at, character);
        at += character.length;
      }
    }
    return made;
  }
}

/** The place of the replacement for the shortest beginning of `key` in the trie. */
function firstRule(trie: Uint32Array, key: Uint8Array): number | undefined {
  const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let at = offset(trie[0]!);
  for (const byte of key) {
    if (byte === 0) return undefined;
    at = (at ^ byte) >>> 0;
    const unit = trie[at];
    if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
    at = (at ^ offset(unit)) >>> 0;
    const rule = trie[at];
    if (((unit >>> 8) & 1) === 1) return rule === undefined ? undefined : rule & 0x7fffffff;
  }
  return undefined;
}
