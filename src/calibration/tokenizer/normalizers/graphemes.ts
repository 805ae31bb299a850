/* Splits texts into extended grapheme clusters: what people take for one character. */

export interface Grapheme {
  readonly segment: string;
  readonly index: number;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** The segmenter takes time with the square of long texts: it gets this many UTF-16 units at once. */
const window = 512;

/** Characters of which two beside each other are two clusters, in every version of Unicode, by their UTF-16 unit. */
const plain: Uint8Array = (() => {
  const letter = /[\p{L}\p{N}]/u;
  const script =
    /[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
  const joins = /\p{Grapheme_Extend}/u;
  const units = new Uint8Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit++) {
    const character = String.fromCharCode(unit);
    const ascii = unit < 0x80 && unit !== 0x0d;
    const syllable = unit >= 0xac00 && unit <= 0xd7a3;
    const written = letter.test(character) && script.test(character) && !joins.test(character);
    if (ascii || syllable || written || (unit >= 0x3001 && unit <= 0x3011)) units[unit] = 1;
  }
  return units;
})();

/** The clusters of a text, in order. */
export function* graphemes(text: string): Generator<Grapheme> {
  let size = window;
  for (let at = 0; at < text.length; ) {
    const isPlain = plain[text.charCodeAt(at)] === 1;
    if (isPlain && (at + 1 === text.length || plain[text.charCodeAt(at + 1)] === 1)) {
      yield { segment: text[at]!, index: at };
      at++;
      continue;
    }
    const from = at;
    const part = text.slice(from, from + size);
    for (const { segment, index } of segmenter.segment(part)) {
      // The last one may go on after the window.
      if (index + segment.length === part.length && from + size < text.length) break;
      yield { segment, index: from + index };
      at = from + index + segment.length;
    }
    size = at === from ? 2 * size : window;
  }
}
