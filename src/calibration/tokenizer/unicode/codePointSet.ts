/* Sets of code points, and how they are written in a JavaScript regular expression. */

/** One past the last code point. */
const end = 0x110000;

/**
 * A set of code points: starts and ends (exclusive) of its ranges by turns, ascending.
 */
export type CodePointSet = readonly number[];

/** The set of some ranges, both ends inclusive, in any order and overlapping as they like. */
export function setOf(...ranges: readonly (readonly [first: number, last: number])[]): CodePointSet {
  const set: number[] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = set.at(-1);
    if (before !== undefined && first <= before) set[set.length - 1] = Math.max(before, last + 1);
    else set.push(first, last + 1);
  }
  return set;
}

export function unionOf(...sets: readonly CodePointSet[]): CodePointSet {
  const ranges: [number, number][] = [];
  for (const set of sets) for (let i = 0; i < set.length; i += 2) ranges.push([set[i]!, set[i + 1]! - 1]);
  return setOf(...ranges);
}

/** All code points that are not in the set. */
export function without(set: CodePointSet): CodePointSet {
  const rest: number[] = set[0] === 0 ? set.slice(1) : [0, ...set];
  if (rest.at(-1) === end) rest.pop();
  else rest.push(end);
  return rest;
}

export function intersectionOf(a: CodePointSet, b: CodePointSet): CodePointSet {
  return without(unionOf(without(a), without(b)));
}

/** The set as a class of a regular expression with the flag `u`. */
export function classSource(set: CodePointSet): string {
  let source = '';
  const hex = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
  for (let i = 0; i < set.length; i += 2) {
    const [first, last] = [set[i]!, set[i + 1]! - 1];
    source += first === last ? hex(first) : `${hex(first)}-${hex(last)}`;
  }
  return `[${source}]`;
}
