/*
 * Token texts come from a tokenizer or a data set that nobody vetted: they may hold characters that cannot be seen,
 * that reorder what stands around them (https://www.unicode.org/reports/tr9/), or that attach to a neighbour. Here they
 * become text in which every character can be seen. They still must only ever be set as text, never as markup.
 */

const named: Readonly<Record<string, string>> = { '\n': '↵', '\r': '␍', '\t': '⇥' };

// Controls, format characters (bidi, zero-width), surrogates, private use, unassigned, separators other than the
// space, and whatever renderers may leave out (fillers, variation selectors).
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]/gu;

function seen(character: string): string {
  return named[character] ?? (character === ' ' ? ' ' : `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function shortened(text: string, limit: number): string {
  const characters = [...text.slice(0, 2 * limit + 2)];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : text;
}

/**
 * A token in running text: spaces stay, everything else unseen is named or escaped, a leading combining mark gets a
 * dotted circle to sit on.
 *
 * @param limit longest text, in characters, before it is cut with an ellipsis
 */
export function tokenInText(text: string, limit = 200): string {
  const plain = shortened(text, limit).replace(unseen, seen);
  return /^\p{M}/u.test(plain) ? `◌${plain}` : plain;
}

/** A token by itself: spaces are shown as well, and an empty one says so. */
export function tokenLabel(text: string, limit = 48): string {
  return text === '' ? '(empty)' : tokenInText(text, limit).replaceAll(' ', '␣');
}

/** A token as JSON text of visible characters only, for files: exact, and inert in spreadsheets. */
export function tokenJson(text: string): string {
  return JSON.stringify(text).replace(unseen, (character) =>
    character === ' '
      ? ' '
      : [...character]
          .flatMap((point) => Array.from({ length: point.length }, (_, unit) => point.charCodeAt(unit)))
          .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
          .join(''),
  );
}
