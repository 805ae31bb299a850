import { type Piece, slice } from '../piece.ts';

/* Splits texts at the matches of a regular expression, in the ways of the reference library. */

export const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
/** What becomes of a match: it goes, is a part of its own, or goes with the part before, the part after or other matches. */
export type Behavior = (typeof behaviors)[number];

/**
 * Calls `visit` with the matches in a text and what is between them, in order. An expression that matches nothing is
 * taken where it matches, but not right after another match.
 *
 * @param regex with the flags `g` and `u`
 */
export function matchesOf(
  regex: RegExp,
  text: string,
  visit: (start: number, end: number, matched: boolean) => void,
): void {
  let done = 0;
  let from = 0;
  let lastEnd = -1;
  while (from <= text.length) {
    regex.lastIndex = from;
    const match = regex.exec(text);
    if (match === null) break;
    const start = match.index;
    const end = start + match[0].length;
    if (start === end && end === lastEnd) {
      from += from < text.length && text.codePointAt(from)! > 0xffff ? 2 : 1;
      continue;
    }
    if (done !== start) visit(done, start, false);
    visit(start, end, true);
    done = end;
    from = end;
    lastEnd = end;
  }
  if (done !== text.length) visit(done, text.length, false);
}

/** The parts of a piece, empty ones left out. */
export function splitPiece(piece: Piece, regex: RegExp, behavior: Behavior, invert: boolean): Piece[] {
  const pieces: Piece[] = [];
  const put = (start: number, end: number) => {
    if (end > start) pieces.push(slice(piece, start, end));
  };
  if (behavior === 'Isolated') matchesOf(regex, piece.text, put);
  else if (behavior === 'Removed') {
    matchesOf(regex, piece.text, (start, end, matched) => {
      if (matched === invert) put(start, end);
    });
  } else for (const [start, end] of mergedParts(piece.text, regex, behavior, invert)) put(start, end);
  return pieces;
}

function mergedParts(text: string, regex: RegExp, behavior: Behavior, invert: boolean): [number, number][] {
  const matches: [start: number, end: number, matched: boolean][] = [];
  matchesOf(regex, text, (start, end, matched) => matches.push([start, end, matched !== invert]));
  const backwards = behavior === 'MergedWithNext';
  if (backwards) matches.reverse();
  const parts: [number, number][] = [];
  let before = false;
  for (const [start, end, matched] of matches) {
    const part = parts.at(-1);
    const joins = behavior === 'Contiguous' ? matched === before : matched && !before;
    before = matched;
    if (!joins || part === undefined) parts.push([start, end]);
    else if (backwards) part[0] = start;
    else part[1] = end;
  }
  return backwards ? parts.reverse() : parts;
}
