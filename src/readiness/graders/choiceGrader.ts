import { type Grader, graderOf } from './grader.ts';
import { lastBoxed } from './lastBoxed.ts';
import { plainAnswer } from './plainAnswer.ts';

/* The grader of multiple choice: one letter. */

/** A letter alone, in brackets, or with what it stands for after it: `B`, `(b)`, `B. Paris`, `\text{B}`. */
function letterOf(text: string): string | undefined {
  const match = /^[([]?([A-Za-z])(?:[)\].:](?:\s|\S)*|\s+-\s.*)?$/.exec(text.trim());
  return match?.[1]?.toUpperCase();
}

/** Ways to announce the choice; the last of each text counts. A lower-case letter must stand in brackets: `a` is a word. */
const announced =
  /\b(?:[Aa]nswer|ANSWER|[Cc]hoice|[Oo]ption)\b(?:\s+is)?\s*:?\s*\**\s*(?:\(([A-Za-z])\)|([A-Z])(?![A-Za-z']))/g;
const bracketed = /\(([A-Za-z])\)/g;

function lastOf(text: string, pattern: RegExp): string | undefined {
  let last: string | undefined;
  for (const match of text.matchAll(pattern)) last = match[1] ?? match[2];
  return last?.toUpperCase();
}

/** The letter that a text settles on: in its last box, after "answer is", or the last in brackets; or the text itself. */
export function chosenLetter(text: string): string | undefined {
  const boxed = lastBoxed(text);
  if (boxed !== undefined) return letterOf(plainAnswer(boxed).text);
  return letterOf(text.slice(0, 300)) ?? lastOf(text, announced) ?? lastOf(text, bracketed);
}

/** Compares the letter that a text chooses. */
export const choiceGrader: Grader = graderOf({
  described: 'the letter of the choice',
  extract: chosenLetter,
  expected: chosenLetter,
  lacking: 'names no letter of a choice',
  key: (letter) => letter,
  same: (given, wanted) => given === wanted,
});
