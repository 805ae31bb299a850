/*
 * JSON that may be looked at: invisible and direction-changing characters in its strings, which come from models and files, are
 * escaped as `\u…`. A reader of JSON gives them back, and nothing is cut.
 */

/** Every UTF-16 code unit as JSON spells it: `\u202e`. */
function jsonEscape(characters: string): string {
  return Array.from({ length: characters.length }, (_, i) => characters.charCodeAt(i).toString(16).padStart(4, '0'))
    .map((unit) => `\\u${unit}`)
    .join('');
}

/** Indented JSON. */
export function shownJson(value: unknown): string {
  // The only raw line breaks are the indentation's.
  return JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, jsonEscape);
}

/** JSON on one line. */
export function shownJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, jsonEscape);
}
