import { type PlainAnswer, plainAnswer } from './plainAnswer.ts';
import { parseRational, type Rational, rational, rationalText, sameRational } from './rational.ts';

/* Tells whether two final answers are the same: numbers by their exact value, everything else by its spelling. */

/** Of longer lists only the spelling is compared. */
const mostParts = 64;

/** Equal answers without numbers share it: words in any case, one letter without the brackets around it. */
function spelling(text: string): string {
  const letter = /^[([{]?([A-Za-z])[)\]}.]?$/.exec(text);
  if (letter !== null) return letter[1]!;
  return /^[A-Za-z'-]{2,}$/.test(text) ? text.toLowerCase() : text;
}

interface List {
  readonly open: string;
  readonly close: string;
  readonly parts: readonly string[];
}

/** `(1,2)`, `[0,1)`, `\{1,2\}` or `1,2` in its parts; undefined for what is no list. */
function listOf(text: string): List | undefined {
  const match = /^(\\\{|[([])([\s\S]*)(\\\}|[)\]])$/.exec(text);
  const [open, inner, close] = match === null ? ['', text, ''] : [match[1]!, match[2]!, match[3]!];
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < inner.length; at++) {
    const sign = inner[at]!;
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) depth--;
    else if (sign === ',' && depth === 0) {
      parts.push(inner.slice(from, at));
      from = at + 1;
    }
    if (depth < 0) return undefined;
  }
  parts.push(inner.slice(from));
  if (parts.length < 2 || parts.length > mostParts || parts.some((part) => part === '')) return undefined;
  return { open, close, parts };
}

/** Sets and bare lists are in no order; points and intervals are. */
function listKey({ open, close, parts }: List): string {
  const keys = parts.map((part) => keyOf(plainAnswer(part)));
  const ordered = open === '(' || open === '[';
  const written = ordered ? keys : [...keys].sort();
  return `${ordered ? open : '{'}${written.join(',')}${ordered ? close : '}'}`;
}

function keyOf({ text, percent }: PlainAnswer): string {
  const value = parseRational(text);
  if (value !== undefined) return percent ? `${rationalText(value)}%` : rationalText(value);
  const list = listOf(text);
  return list === undefined ? spelling(text) : listKey(list);
}

/** The spelling that equal answers share. */
export function answerKey(answer: string): string {
  return keyOf(plainAnswer(answer));
}

function hundredth({ numerator, denominator }: Rational): Rational {
  return rational(numerator, denominator * 100n)!;
}

/**
 * Whether two answers are the same. Numbers are compared exactly, so `1/3` is not `0.33`. A percent sign counts as a unit or
 * as a hundredth, whichever fits: `50%` is `50` and `0.5`. Units are not compared.
 */
export function sameAnswer(given: string, wanted: string): boolean {
  const [one, other] = [plainAnswer(given), plainAnswer(wanted)];
  const [a, b] = [parseRational(one.text), parseRational(other.text)];
  if (a === undefined || b === undefined) return keyOf(one) === keyOf(other);
  if (sameRational(a, b)) return true;
  if (one.percent === other.percent) return false;
  return one.percent ? sameRational(hundredth(a), b) : sameRational(a, hundredth(b));
}
