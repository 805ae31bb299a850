import { categorySet, onigurumaWord, scriptSet, whiteSpace, wordInClass } from '../unicode/characterSets.ts';
import { type CodePointSet, intersectionOf, setOf, unionOf, without } from '../unicode/codePointSet.ts';
import type { PatternReader } from './reader.ts';

/* Reads the escapes and the character classes of Oniguruma's regular expressions, as sets of code points. */

const controlEscapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7, e: 27 };
const hexDigits = setOf([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]);
const digits = categorySet('Nd')!;
const beyondAscii = setOf([0x80, 0x10ffff]);

const setEscapes: Readonly<Record<string, CodePointSet>> = {
  d: digits,
  D: without(digits),
  s: whiteSpace,
  S: without(whiteSpace),
  w: onigurumaWord,
  W: without(onigurumaWord),
  h: hexDigits,
  H: without(hexDigits),
};

const posix: Readonly<Record<string, CodePointSet>> = {
  digit: digits,
  space: whiteSpace,
  cntrl: categorySet('Cc')!,
  punct: unionOf(categorySet('P')!, categorySet('S')!),
  blank: unionOf(categorySet('Zs')!, setOf([9, 9])),
  xdigit: hexDigits,
  ascii: setOf([0, 127]),
  word: wordInClass,
};

/**
 * Reads an escape that stands for characters, in a class or outside.
 *
 * @returns one code point, or a set
 * @throws InputError for one that is not supported
 */
export function readEscape(reader: PatternReader, inClass = false): number | CodePointSet {
  const from = reader.at;
  reader.take('\\');
  const set = reader.match(/[dDsSwWhH]/y);
  if (set && inClass && set[0] === 'w') return wordInClass;
  if (set && inClass && set[0] === 'W') return without(wordInClass);
  if (set) return setEscapes[set[0]]!;
  const control = reader.match(/[ntrfvae]/y);
  if (control) return controlEscapes[control[0]]!;
  const hex = reader.match(/x\{([\da-fA-F]{1,6})\}|x([\da-fA-F]{2})|u([\da-fA-F]{4})/y);
  if (hex) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
    if (point > 0x10ffff || (hex[2] !== undefined && point > 127)) throw reader.unsupported(from);
    return point;
  }
  const property = reader.match(/([pP])\{(\^?)([\w -]+)\}/y);
  if (property) {
    const named = categorySet(property[3]!) ?? scriptSet(property[3]!);
    if (named === undefined) throw reader.unsupported(from);
    return (property[1] === 'P') === (property[2] === '^') ? named : without(named);
  }
  // A letter or a digit that means something else, or nothing; all others stand for themselves.
  if (reader.done || reader.match(/[A-Za-z0-9]/y)) throw reader.unsupported(from);
  return reader.character();
}

/**
 * Reads a character class from its bracket on: ranges, escapes, classes inside it, `&&` and POSIX's names.
 *
 * @throws InputError for what is not supported
 */
export function readClass(reader: PatternReader): CodePointSet {
  const from = reader.at;
  reader.take('[');
  const negated = reader.take('^');
  // Oniguruma takes a bracket that comes first for itself if another follows.
  if (reader.sees(']')) throw reader.unsupported(from);
  const sides: CodePointSet[][] = [[]];
  while (!reader.take(']')) {
    if (reader.done) throw reader.unsupported(from);
    if (reader.take('&&')) sides.push([]);
    else sides.at(-1)!.push(readMember(reader));
  }
  const set = sides.map((parts) => unionOf(...parts)).reduce((left, right) => intersectionOf(left, right));
  // A negated class around one that leaves nothing beyond ASCII goes wrong in Oniguruma.
  const inner = reader.source.slice(from + 2, reader.at);
  if (negated && /\[\^|&&/.test(inner) && intersectionOf(set, beyondAscii).length === 0) throw reader.unsupported(from);
  return negated ? without(set) : set;
}

function readMember(reader: PatternReader): CodePointSet {
  const from = reader.at;
  const name = reader.match(/\[:(\^?)(\w+):\]/y);
  if (name) {
    const set = posix[name[2]!];
    if (set === undefined) throw reader.unsupported(from);
    return name[1] === '^' ? without(set) : set;
  }
  if (reader.sees('[')) return readClass(reader);
  const first = readOne(reader);
  if (typeof first !== 'number') return first;
  if (!reader.sees('-') || reader.source[reader.at + 1] === ']') return setOf([first, first]);
  reader.take('-');
  const last = readOne(reader);
  if (typeof last !== 'number' || last < first) throw reader.unsupported(from);
  return setOf([first, last]);
}

function readOne(reader: PatternReader): number | CodePointSet {
  return reader.sees('\\') ? readEscape(reader, true) : reader.character();
}
