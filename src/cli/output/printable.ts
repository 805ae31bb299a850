import { shortened } from '../../files/reading/shown.ts';

/*
 * Text from models and files, made safe for a terminal: a token or a path may hold escape sequences, line breaks or
 * characters that reorder what stands around them (https://www.unicode.org/reports/tr9/).
 */

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

// Controls (Cc), format characters (Cf: bidi overrides, zero-width), surrogates (Cs), line and paragraph separators.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  return short[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/**
 * One line of sane length without control, bidi or invisible characters; each is shown as an escape such as `\n` or `\u{202e}`.
 * What is too long loses its middle.
 */
export function printable(text: string): string {
  return shortened(shortened(text).replace(unsafe, escapeCharacter));
}

/** As {@link printable}, but of any length, and line feeds stay. */
export function printableLines(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** As {@link printable}, in quotes, a backslash shown doubled so that escapes cannot be forged. */
export function quoted(text: string): string {
  const escaped = shortened(text).replace(/[\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter);
  return `"${shortened(escaped)}"`;
}
