const longest = 120;

/** Longer than any message that people read: a path of the longest kind and a few sentences. */
const longestMessage = 2000;

/**
 * Text of at most some characters. What is too long loses its middle: a message begins with what is wrong and ends with what to do.
 *
 * @param most characters that are left, the `…` included
 */
export function shortened(text: string, most: number = longestMessage): string {
  if (text.length <= most) return text;
  const end = Math.floor(most / 4);
  return `${text.slice(0, most - end - 1)}…${text.slice(text.length - end)}`;
}

/** Untrusted text on one line: invisible and direction-changing characters are escaped as `\u{…}`. */
export function escapeHidden(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/**
 * Untrusted text or JSON as it is quoted in messages: JSON notation, cut after 120 characters, invisible and
 * direction-changing characters escaped so that a name cannot pass for another or break the line.
 */
export function shown(value: unknown): string {
  // A name may be as long as the file that it comes from: what is not shown is not spelt out either.
  const kept = typeof value === 'string' ? value.slice(0, longest + 1) : value;
  const json = JSON.stringify(kept) ?? String(kept);
  return escapeHidden(json.length > longest ? `${json.slice(0, longest)}…` : json);
}

/** More sizes than any tensor has. */
const mostSizes = 8;

/** A tensor's shape as `[2, 3]`; a header may claim any number of sizes. */
export function shownShape(shape: readonly number[]): string {
  return `[${shape.slice(0, mostSizes).join(', ')}${shape.length > mostSizes ? ', …' : ''}]`;
}

/** A count of bytes with thousands separators. */
export function shownBytes(bytes: number | bigint): string {
  return `${bytes.toLocaleString('en-US')} ${bytes === 1 || bytes === 1n ? 'byte' : 'bytes'}`;
}
