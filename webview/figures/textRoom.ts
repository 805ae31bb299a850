/*
 * How much room a text of a file takes where it is read. Fonts of this machine are not there on every other: viewers take
 * another, and that may be wider, of one width a character even. Pure, so that it is tested without a browser.
 */

/** Of the font's size: that of a character in the usual fonts of one width a character, and a little more. */
const characterShare = 0.61;
/** Of characters that fill a square. */
const squareShare = 1.05;
const bold = 1.12;

// Hangul, CJK, full-width forms, pictographs.
const square =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export interface TextSize {
  /** Pixels. */
  readonly size: number;
  readonly bold?: boolean;
}

/** Pixels that a text takes in a wide fallback font. */
export function fallbackWidth(text: string, { size, bold: heavy = false }: TextSize): number {
  let shares = 0;
  for (const character of text) shares += square.test(character) ? squareShare : characterShare;
  return shares * size * (heavy ? bold : 1);
}

/**
 * A text in lines that fit a width. A word that does not fit is broken.
 *
 * @param room what a line takes
 */
export function wrapped(text: string, width: number, room: (line: string) => number): string[] {
  const fits = (line: string) => room(line) <= width;
  const lines: string[] = [];
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && fits(`${last} ${word}`)) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    let line = '';
    for (const character of fits(word) ? [word] : word) {
      if (line !== '' && !fits(line + character)) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
    lines.push(line);
  }
  return lines;
}
