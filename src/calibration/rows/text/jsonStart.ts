/* Looks at the beginning of a JSON text: is it lines, an array, or one object that holds the rows in a field? */

/** What the rows of a text are. */
export type TextLayout =
  | { readonly kind: 'lines' }
  /** `start`: offset of the array's bracket, in bytes; `alone`: it is the whole text. */
  | { readonly kind: 'array'; readonly start: number; readonly alone: boolean };

/** Fields in which data sets keep all their rows. */
const listFields: readonly string[] = ['data', 'rows', 'examples', 'instances', 'samples', 'train'];

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

/** Offset behind the string that begins at `from`; undefined where it does not end in time. */
function stringEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === 0x5c) at++;
    else if (bytes[at] === 0x22) return at + 1;
  }
  return undefined;
}

/** Offset behind the value that begins at `from`; undefined where it does not end in time. */
function valueEnd(bytes: Buffer, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte === 0x22) {
      const end = stringEnd(bytes, at);
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    if (byte === 0x5b || byte === 0x7b) depth++;
    else if (depth === 0 && (byte === 0x2c || byte === 0x5d || byte === 0x7d)) return at;
    else if (byte === 0x5d || byte === 0x7d) depth--;
    at++;
  }
  return undefined;
}

/** Where the object's list of objects begins, when it lies in one of the known fields and near enough. */
function listField(bytes: Buffer, start: number): number | undefined {
  for (let at = skipSpace(bytes, start + 1); bytes[at] === 0x22; ) {
    const nameEnd = stringEnd(bytes, at);
    if (nameEnd === undefined) return undefined;
    const name = bytes.toString('utf8', at + 1, nameEnd - 1);
    const colon = skipSpace(bytes, nameEnd);
    if (bytes[colon] !== 0x3a) return undefined;
    const value = skipSpace(bytes, colon + 1);
    if (listFields.includes(name) && bytes[value] === 0x5b && bytes[skipSpace(bytes, value + 1)] === 0x7b) return value;
    const end = valueEnd(bytes, value);
    if (end === undefined || bytes[end] !== 0x2c) return undefined;
    at = skipSpace(bytes, end + 1);
  }
  return undefined;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/**
 * @param bytes the beginning of the text
 * @param whole they are all of it
 * @param start behind a byte order mark
 */
export function textLayout(bytes: Buffer, whole: boolean, start: number): TextLayout {
  const first = skipSpace(bytes, start);
  if (bytes[first] === 0x5b) return { kind: 'array', start: first, alone: true };
  const list = bytes[first] === 0x7b ? listField(bytes, first) : undefined;
  if (list === undefined) return { kind: 'lines' };
  // A line may well be such an object, and a file may have a single line; more than one settles it.
  const lineEnd = bytes.indexOf(0x0a, first);
  if (lineEnd >= 0 && isJson(bytes.subarray(first, lineEnd))) {
    const more = skipSpace(bytes, lineEnd) < bytes.length || !whole;
    if (more) return { kind: 'lines' };
  }
  return { kind: 'array', start: list, alone: false };
}
