/* Untrusted text as it may stand in HTML. */

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text of an element or of an attribute in double quotes. */
export function htmlText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character]!);
}
