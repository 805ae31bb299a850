import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { isDict, isList, Namespace, Range, Tuple, typeName, Undefined, type Value, View } from './values.ts';

/** What Python's `str.isspace` and `\s` hold to be white space; JavaScript's differ (U+FEFF, U+001C to U+001F, U+0085). */
export const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const leading = new RegExp(`^[${space}]+`);
const spaces = new RegExp(`[${space}]`);

/** Python's `str.strip`: white space, or the characters of `set`. */
export function strip(text: string, side: 'left' | 'right' | 'both', set?: string): string {
  const characters = set === undefined ? undefined : new Set(set);
  const strips = (character: string) => (characters === undefined ? spaces.test(character) : characters.has(character));
  let start = 0;
  let end = text.length;
  while (side !== 'right' && start < end) {
    const character = characterAt(text, start);
    if (!strips(character)) break;
    start += character.length;
  }
  while (side !== 'left' && end > start) {
    const character = characterBefore(text, end);
    if (!strips(character)) break;
    end -= character.length;
  }
  return text.slice(start, end);
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at)!);
}

function characterBefore(text: string, end: number): string {
  const two = end >= 2 ? text.codePointAt(end - 2)! : 0;
  return two > 0xffff ? String.fromCodePoint(two) : text[end - 1]!;
}

/** Python's `str.split()` without a separator. */
export function words(text: string, most: number): string[] {
  const found: string[] = [];
  let rest = text.replace(leading, '');
  while (rest !== '') {
    const end = most >= 0 && found.length >= most ? -1 : rest.search(spaces);
    if (end < 0) {
      found.push(rest);
      break;
    }
    found.push(rest.slice(0, end));
    rest = rest.slice(end).replace(leading, '');
  }
  return found;
}

const surrogate = /[\ud800-\udfff]/;

/** A text's characters as Python counts them: code points. */
export function characters(text: string): ArrayLike<string> & Iterable<string> {
  return surrogate.test(text) ? Array.from(text) : text;
}

export function textLength(text: string): number {
  return characters(text).length;
}

/** `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) {
    const digits = mantissa.replace(/[-.]/g, '');
    return `${value < 0 ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${digits}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** `repr` of a text. Which characters are printable is decided by Node's Unicode version, not Python's. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"\p{C}\p{Zl}\p{Zp}\p{Zs}]/gu, (character) => {
    if (character === ' ') return character;
    if (character === '"' || character === "'") return character === quote ? `\\${character}` : character;
    const short = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
    return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
  return `${quote}${escaped}${quote}`;
}

/**
 * Python's `repr`.
 * @throws TemplateFault for what would print an address in memory
 */
export function repr(value: Value, budget: Budget): string {
  budget.spend();
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return floatText(value);
  if (typeof value === 'string') return charged(quoted(value), budget);
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Range) {
    return `range(${value.start}, ${value.stop}${value.step === 1 ? '' : `, ${value.step}`})`;
  }
  const all = (items: readonly Value[]) => budget.nested(() => items.map((item) => repr(item, budget)).join(', '));
  const pairs = (map: ReadonlyMap<string, Value>) =>
    budget.nested(() => Array.from(map, ([key, item]) => `${quoted(key)}: ${repr(item, budget)}`).join(', '));
  let text: string;
  if (isList(value)) text = `[${all(value)}]`;
  else if (value instanceof Tuple) text = `(${all(value.items)}${value.items.length === 1 ? ',' : ''})`;
  else if (isDict(value)) text = `{${pairs(value)}}`;
  else if (value instanceof Namespace) text = `<Namespace {${pairs(value.attributes)}}>`;
  else if (value instanceof View) text = `${value.kind}([${all(value.items)}])`;
  else throw new TemplateFault(`it prints a ${typeName(value)}, which stands for no text`);
  return charged(text, budget);
}

/** Python's `str`, which is also what `{{ … }}` prints. */
export function str(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value;
  return value instanceof Undefined ? '' : repr(value, budget);
}

function charged(text: string, budget: Budget): string {
  budget.text(text.length);
  return text;
}
