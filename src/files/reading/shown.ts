/* How untrusted text, shapes and sizes are quoted in messages. */

const longest = 120;

/** Untrusted text on one line: invisible and direction-changing characters are escaped as `\u{…}`. */
export function escapeHidden(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/**
 * Untrusted text or JSON as it is quoted in messages: JSON notation, cut after 120 characters, invisible and
 * direction-changing characters escaped so that a name cannot pass for another or break the line.
 */
export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return escapeHidden(json.length > longest ? `${json.slice(0, longest)}…` : json);
}

/** A tensor's shape as `[2, 3]`. */
export function shownShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** A count of bytes with thousands separators. */
export function shownBytes(bytes: number | bigint): string {
  return `${bytes.toLocaleString('en-US')} ${bytes === 1 || bytes === 1n ? 'byte' : 'bytes'}`;
}
