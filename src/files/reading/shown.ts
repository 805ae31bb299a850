/* How untrusted text, shapes and sizes are quoted in messages. */

/** Longest quotation of untrusted text, in characters. */
const longest = 120;
/** Longest path shown, in characters: an operating system's limit is 4096, but nobody reads so far. */
const longestPath = 1000;
/** Sizes of a shape that are shown: real ones have four at most. */
const mostSizes = 8;

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

/** The text, or its first characters and an ellipsis. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** As JSON.stringify, but of something large only the beginning, a little longer than `room`: none of the rest is held. */
function jsonStart(value: unknown, room: number): string {
  if (typeof value === 'string') return JSON.stringify(value.length > room ? value.slice(0, room + 1) : value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  const list = Array.isArray(value);
  let text = list ? '[' : '{';
  let first = true;
  const add = (part: string) => {
    text += first ? part : `,${part}`;
    first = false;
  };
  if (list) {
    for (const item of value as unknown[]) {
      if (text.length > room) return text;
      add(jsonStart(item, room));
    }
    return `${text}]`;
  }
  for (const name in value) {
    if (text.length > room) return text;
    add(`${jsonStart(name, room)}:${jsonStart((value as Readonly<Record<string, unknown>>)[name], room)}`);
  }
  return `${text}}`;
}

/**
 * Untrusted text or JSON as it is quoted in messages: JSON notation, cut after 120 characters, invisible and
 * direction-changing characters escaped so that a name cannot pass for another or break the line.
 */
export function shown(value: unknown): string {
  return escapeHidden(cut(jsonStart(value, longest), longest));
}

/** A sentence of somebody else's that may hold untrusted text, cut after 300 characters and on one line. */
export function shownReason(text: string): string {
  return escapeHidden(cut(text, 300));
}

/** A path in quotes, cut where it is absurdly long: records and indexes may name any. */
export function quotedPath(path: string): string {
  return `"${cut(path, longestPath)}"`;
}

/** A tensor's shape as `[2, 3]`; of more than eight sizes the first. */
export function shownShape(shape: readonly number[]): string {
  const sizes = shape.slice(0, mostSizes).join(', ');
  return shape.length > mostSizes ? `[${sizes}, … ${shape.length} in all]` : `[${sizes}]`;
}

/**
 * A count with thousands separators.
 *
 * @param noun what is counted, if that is to follow: in the singular, its plural having an `s` more
 */
export function shownCount(count: number | bigint, noun?: string): string {
  const digits = count.toLocaleString('en-US');
  if (noun === undefined) return digits;
  return `${digits} ${noun}${count === 1 || count === 1n ? '' : 's'}`;
}

/** A count of bytes with thousands separators. */
export function shownBytes(bytes: number | bigint): string {
  return shownCount(bytes, 'byte');
}
