import { TemplateFault } from '../fault.ts';

/* Reads the text and numbers that a template spells out. */

const simple: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * The text of a string literal, its quotes taken off, as Python's codec `unicode-escape` reads it: an unknown escape keeps its
 * backslash.
 */
export function unescaped(body: string, line: number): string {
  return body.replace(/\\(?:([0-7]{1,3})|x(.{0,2})|u(.{0,4})|U(.{0,8})|([\s\S])|$)/gsu, (_, octal, x, u, U, other) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    const hex: string | undefined = x ?? u ?? U;
    if (hex !== undefined) {
      const digits = x !== undefined ? 2 : u !== undefined ? 4 : 8;
      const code = Number.parseInt(hex, 16);
      if (
        hex.length !== digits ||
        !/^[0-9a-fA-F]+$/.test(hex) ||
        code > 0x10ffff ||
        (code >= 0xd800 && code < 0xe000)
      ) {
        throw new TemplateFault('a text has a malformed escape', line);
      }
      return String.fromCodePoint(code);
    }
    if (other === undefined || other === 'N' || other > '\x7f') {
      throw new TemplateFault(`a text has the escape "\\${other ?? ''}", which is not supported`, line);
    }
    return simple[other] ?? `\\${other}`;
  });
}
