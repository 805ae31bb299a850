import { shownReason } from '../../../files/reading/shown.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';
import { categorySet, onigurumaWord } from '../unicode/characterSets.ts';
import { type CodePointSet, classSource, intersectionOf, setOf, unionOf, without } from '../unicode/codePointSet.ts';
import { readClass, readEscape } from './characterClass.ts';
import { PatternReader } from './reader.ts';

/*
 * Translates the regular expressions of a `tokenizer.json` (Oniguruma's own syntax) into JavaScript's, so that they
 * match where Oniguruma's do: classes are written out in Oniguruma's Unicode version, and possessive quantifiers and
 * atomic groups as a look-ahead that is matched once and then taken as it is.
 */

/**
 * V8 lets expressions that may match nothing do so between the halves of a surrogate pair; Oniguruma knows no such place.
 */
const atCharacter = String.raw`(?:(?=[\s\S])|$)`;

const word = classSource(onigurumaWord);

const anchors: Readonly<Record<string, string>> = {
  '^': String.raw`(?:(?<![\s\S])|(?<=\n)(?=[\s\S]))`,
  $: String.raw`(?![^\n])`,
  '\\A': String.raw`(?<![\s\S])`,
  '\\z': String.raw`(?![\s\S])`,
  '\\Z': String.raw`(?=\n?(?![\s\S]))`,
  '\\b': `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  '\\B': `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
};

/** What holds for a part of the expression. */
interface Mode {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly behind: boolean;
}

/** Pairs of ASCII letters that a single character folds to: without case, Oniguruma takes `ß` for `ss`. */
const foldedPairs = /ss|st|ff|fi|fl/i;
const asciiLetters = setOf([0x41, 0x5a], [0x61, 0x7a]);
const beyondAscii = setOf([0x80, 0x10ffff]);
/** Every character that has another case, and some that have none. */
const cased = unionOf(...['L', 'M', 'Nl', 'So'].map((name) => categorySet(name)!));

/**
 * A regular expression with the flags `g` and `u` that finds what Oniguruma finds.
 *
 * @throws InputError by `fault` for what is not supported: back references, calls, `\G`, `\K`, `\R`, `\X`, conditions, absent
 *   operators, properties other than general categories and scripts, and letters beyond ASCII without case
 */
export function portableRegex(source: string, fault: TokenizerFault): RegExp {
  const translator = new Translator(new PatternReader(source, fault));
  const body = translator.whole();
  try {
    return new RegExp(`${atCharacter}(?:${body})`, 'gu');
  } catch (error) {
    throw fault(shownReason(error instanceof Error ? error.message : String(error)));
  }
}

/** The regular expression that finds a text. */
export function textRegex(text: string): RegExp {
  return new RegExp(`${atCharacter}${text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}`, 'gu');
}

/** A part of the expression, translated. */
interface Part {
  readonly source: string;
  /** It may match nothing. */
  readonly nullable: boolean;
  /** The letter that it is, where case is ignored. */
  readonly letter?: string;
}

class Translator {
  private readonly reader: PatternReader;
  private atomics = 0;
  private depth = 0;

  constructor(reader: PatternReader) {
    this.reader = reader;
  }

  whole(): string {
    const { source } = this.alternatives({ ignoreCase: false, dotAll: false, behind: false });
    if (!this.reader.done) throw this.reader.unsupported();
    return source;
  }

  /** Up to the end of the group or of the expression. */
  private alternatives(mode: Mode): Part {
    if (++this.depth > 100) throw this.reader.unsupported();
    const alternatives = [this.sequence(mode)];
    while (this.reader.take('|')) alternatives.push(this.sequence(mode));
    this.depth--;
    return {
      source: alternatives.map(({ source }) => source).join('|'),
      nullable: alternatives.some(({ nullable }) => nullable),
    };
  }

  private sequence(mode: Mode): Part {
    const { reader } = this;
    let source = '';
    let nullable = true;
    let letters = '';
    while (!reader.done && !reader.sees('|') && !reader.sees(')')) {
      const from = reader.at;
      const flags = reader.match(/\(\?(m?i?|i?m?)(?:-(m?i?|i?m?))?\)/y);
      // Flags on their own hold to the end of the group, its further alternatives included.
      if (flags) {
        const rest = this.alternatives(changed(mode, flags));
        return { source: `${source}(?:${rest.source})`, nullable: nullable && rest.nullable };
      }
      const atom = this.atom(mode);
      const part = this.quantified(atom, mode);
      letters = part === atom && atom.letter !== undefined ? letters.slice(-1) + atom.letter : '';
      if (mode.ignoreCase && foldedPairs.test(letters)) throw reader.unsupported(from);
      source += part.source;
      nullable &&= part.nullable;
    }
    return { source, nullable };
  }

  private atom(mode: Mode): Part {
    const { reader } = this;
    const from = reader.at;
    const characters = (source: string): Part => ({ source, nullable: false });
    if (reader.sees('(')) return this.group(mode);
    if (reader.sees('[')) return characters(this.set(readClass(reader), from, mode));
    const anchor = reader.match(/[\^$]|\\[AzZbB]/y);
    if (anchor) {
      if (reader.match(/[*+?]/y)) throw reader.unsupported(from);
      return { source: anchors[anchor[0]]!, nullable: true };
    }
    if (reader.take('.')) return characters(mode.dotAll ? String.raw`[\s\S]` : String.raw`[^\n]`);
    if (reader.match(/[*+?]/y)) throw reader.unsupported(from);
    const read = reader.sees('\\') ? readEscape(reader) : reader.character();
    if (typeof read !== 'number') return characters(this.set(read, from, mode));
    if (!mode.ignoreCase) return characters(escaped(read));
    return { ...characters(this.set(setOf([read, read]), from, mode)), letter: String.fromCodePoint(read) };
  }

  private group(mode: Mode): Part {
    const { reader } = this;
    const from = reader.at;
    const kind = reader.match(/\((?:\?(?:[:=!>]|<[=!]|<[A-Za-z]\w*>|(m?i?|i?m?)(?:-(m?i?|i?m?))?:)|(?!\?))/y);
    if (!kind) throw reader.unsupported(from);
    const [opening] = kind;
    const behind = opening.startsWith('(?<=') || opening.startsWith('(?<!');
    const atomic = opening === '(?>';
    // Behind, JavaScript goes backwards, and what is matched once is another match.
    if (mode.behind && atomic) throw reader.unsupported(from);
    const flagged = opening.startsWith('(?') && opening.endsWith(':') ? changed(mode, kind) : mode;
    const body = this.alternatives({ ...flagged, behind: mode.behind || behind });
    if (!reader.take(')')) throw reader.unsupported(from);
    if (atomic) return { ...body, source: this.once(body.source) };
    if (/^\(\?(?:[=!]|<[=!])/.test(opening)) return { source: `${opening}${body.source})`, nullable: true };
    return { ...body, source: `(?:${body.source})` };
  }

  /** A set, with the other case of its letters where case is ignored. */
  private set(set: CodePointSet, from: number, mode: Mode): string {
    if (!mode.ignoreCase || intersectionOf(set, cased).length === 0) return classSource(set);
    // Oniguruma does not take every letter of classes in classes in either case.
    const written = this.reader.source.slice(from, this.reader.at);
    if (/^\[.*(?:\[|&&)/.test(written)) throw this.reader.unsupported(from);
    // What leaves out no letter has them in either case; but `ß` in a class that is not negated brings `ss` with it.
    if (written.startsWith('[^') && intersectionOf(without(set), cased).length === 0) return classSource(set);
    if (written.startsWith('[^') || intersectionOf(set, beyondAscii).length > 0) throw this.reader.unsupported(from);
    const others: [number, number][] = [];
    for (const point of pointsOf(intersectionOf(set, asciiLetters))) {
      others.push([point ^ 0x20, point ^ 0x20]);
      // The long s and the sign of the kelvin are another case of s and k.
      if ((point | 0x20) === 0x73) others.push([0x17f, 0x17f]);
      if ((point | 0x20) === 0x6b) others.push([0x212a, 0x212a]);
    }
    return classSource(unionOf(set, setOf(...others)));
  }

  private quantified(atom: Part, mode: Mode): Part {
    const { reader } = this;
    const from = reader.at;
    const quantifier = reader.match(/([*+?]|\{(?:(\d+)(?:,(\d*))?|,(\d+))\})([?+]?)/y);
    if (!quantifier) return atom;
    if (reader.match(/[*+?]|\{,?\d/y)) throw reader.unsupported(from);
    const [, counted, least, most, mostAlone, how] = quantifier;
    let part = atom;
    const times = (written: string, none: boolean): void => {
      part = { source: repeated(part, written, () => reader.unsupported(from)), nullable: none || part.nullable };
    };
    if (!counted!.startsWith('{')) {
      const none = counted !== '+';
      if (how !== '+') times(`${counted}${how}`, none);
      else if (mode.behind) throw reader.unsupported(from);
      else {
        times(counted!, none);
        part = { source: this.once(part.source), nullable: part.nullable };
      }
      return part;
    }
    // `{3,2}` would be possessive `{2,3}`.
    if (Number(least) > Number(most || Infinity)) throw reader.unsupported(from);
    if ([least, most, mostAlone].some((count) => Number(count) > 100_000)) throw reader.unsupported(from);
    const none = Number(least ?? 0) === 0;
    const exact = least !== undefined && most === undefined;
    const written = counted!.replace('{,', '{0,');
    // After a number of times, `?` is "or not at all", and after any interval `+` is "once or more".
    if (how === '?' && !exact) times(`${written}?`, none);
    else {
      times(written, none);
      if (how !== '') {
        part = { source: `(?:${part.source})`, nullable: part.nullable };
        times(how!, how === '?');
      }
    }
    return part;
  }

  /** What matches as the expression first does, and is not tried again in another way. */
  private once(body: string): string {
    const name = `once${this.atomics++}`;
    return `(?:(?=(?<${name}>${body}))\\k<${name}>)`;
  }
}

/**
 * A part, repeated. JavaScript takes no turn that matches nothing, where Oniguruma does and goes on: a part that may match
 * nothing is repeated once at most.
 */
function repeated({ source, nullable }: Part, quantifier: string, unsupported: () => Error): string {
  if (!nullable) return `${source}${quantifier}`;
  if (quantifier === '?' || quantifier === '{0,1}') return `(?:${source}|)`;
  if (quantifier === '??' || quantifier === '{0,1}?') return `(?:|${source})`;
  throw unsupported();
}

function changed(mode: Mode, [, on = '', off = '']: RegExpExecArray): Mode {
  const flag = (letter: string, before: boolean) => (before || on.includes(letter)) && !off.includes(letter);
  return { ...mode, ignoreCase: flag('i', mode.ignoreCase), dotAll: flag('m', mode.dotAll) };
}

function* pointsOf(set: CodePointSet): Generator<number> {
  for (let i = 0; i < set.length; i += 2) for (let point = set[i]!; point < set[i + 1]!; point++) yield point;
}

function escaped(point: number): string {
  const character = String.fromCodePoint(point);
  return /[\w\s]|[^\0-\x7f]/.test(character) ? character : `\\u{${point.toString(16)}}`;
}
