import { visit } from 'jsonc-parser';
import { InputError } from '../../errors.ts';
import { shown } from './shown.ts';

/* Reads JSON from files that nobody vetted, refusing what is too deep or ambiguous. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Far more than any header, index or configuration needs; recursive readers stay within the stack. */
const deepest = 64;
/** A vocabulary of 256,000 tokens with its merges has 2 million. */
const mostValues = 5_000_000;

/**
 * Depth of nesting, number of `name: value` pairs, and of commas and pairs together, which bounds that of the values;
 * read off the text without parsing it.
 */
function measure(text: string): { depth: number; pairs: number; values: number } {
  let depth = 0;
  let most = 0;
  let pairs = 0;
  let commas = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // A string: nothing in it counts.
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x3a:
        pairs++;
        break;
      case 0x2c:
        commas++;
        break;
      case 0x5b:
      case 0x7b:
        depth++;
        if (depth > most) most = depth;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return { depth: most, pairs, values: pairs + commas };
}

function countPairs(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item: unknown) => sum + countPairs(item), 0);
  if (!isJsonObject(value)) return 0;
  return Object.values(value).reduce((sum: number, item) => sum + 1 + countPairs(item), 0);
}

/** The first name that an object of the text holds twice. */
function duplicateName(text: string): string | undefined {
  const open: Set<string>[] = [];
  let duplicate: string | undefined;
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectProperty: (name) => {
      const names = open.at(-1);
      if (names?.has(name)) duplicate ??= name;
      names?.add(name);
    },
    onObjectEnd: () => {
      open.pop();
    },
  });
  return duplicate;
}

function holdsProto(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsProto);
  return isJsonObject(value) && (Object.hasOwn(value, '__proto__') || Object.values(value).some(holdsProto));
}

/** ` (line 3)`: where a text of several lines stops being JSON. */
function errorPlace(text: string): string {
  if (!text.includes('\n')) return '';
  let line: number | undefined;
  const onError = (_error: number, _offset: number, _length: number, startLine: number) => {
    line ??= startLine + 1;
  };
  visit(text, { onError }, { disallowComments: true });
  return line === undefined ? '' : ` (line ${line})`;
}

/**
 * Parses the JSON of an untrusted file, refusing nesting deeper than 64, which recursive readers could not follow.
 *
 * @param what names the text in messages, e.g. `"/models/a/tokenizer.json"`
 * @param maxValues what texts of the kind stay far below: parsed, a value takes many times the bytes that spell it
 * @throws InputError saying what is wrong with it
 */
export function parseBoundedJson(text: string, what: string, maxValues: number = mostValues): unknown {
  const { depth, values } = measure(text);
  if (depth > deepest) {
    throw new InputError(`${what} is refused: its JSON nests deeper than ${deepest} levels.`);
  }
  if (values > maxValues) {
    throw new InputError(
      `${what} is refused: its JSON holds more than the ${maxValues.toLocaleString('en-US')} names and values expected of it.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${what} is not valid JSON${errorPlace(text)}; download or copy it again.`, { cause: error });
  }
}

/**
 * As {@link parseBoundedJson}, refusing also what two readers could take for different things: names given twice and
 * `__proto__`.
 *
 * @throws InputError saying what is wrong with it
 */
export function parseStrictJson(text: string, what: string, maxValues?: number): unknown {
  const value = parseBoundedJson(text, what, maxValues);
  if (holdsProto(value)) throw new InputError(`${what} is refused: it uses the name "__proto__".`);
  // JSON.parse keeps the last of two like names, so fewer pairs are left than the text has. Only then is the slow,
  // exact search worth its time (a header of 100 MB takes seconds).
  if (countPairs(value) !== measure(text).pairs) {
    throw new InputError(`${what} is refused: it uses the name ${shown(duplicateName(text))} twice in one object.`);
  }
  return value;
}
