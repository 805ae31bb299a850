import { type Grader, graderOf } from './grader.ts';
import { lastBoxed } from './lastBoxed.ts';
import { answerKey, sameAnswer } from './sameAnswer.ts';

/* Graders of mathematics: the last box, or the last number. */

/**
 * What of a file's answer counts: the last box of a worked solution, what stands after GSM8K's `####`, or all of it.
 */
export function finalAnswer(answer: string): string {
  const boxed = lastBoxed(answer);
  if (boxed !== undefined) return boxed;
  const marked = answer.lastIndexOf('####');
  return marked < 0 ? answer : answer.slice(marked + 4);
}

/** Takes the last `\boxed{…}` of a text; a text without one is wrong. */
export const boxedGrader: Grader = graderOf({
  described: 'the last \\boxed{…}',
  extract: lastBoxed,
  expected: (answer) => (finalAnswer(answer).trim() === '' ? undefined : finalAnswer(answer)),
  lacking: 'is empty',
  key: answerKey,
  same: sameAnswer,
});

/**
 * A number in running text: digits with thousands and decimals, a fraction, a sign where it is one. Each part is bounded by
 * what it consists of, so the time grows with the text's length alone.
 */
const number =
  /(?<![\w.])[+-]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\/\d+)?(?:\s?\\?%)?|\\[dt]?frac\s*\{-?\d+\}\s*\{\d+\}/g;

/** The last number of a text. */
export function lastNumber(text: string): string | undefined {
  let last: string | undefined;
  for (const [found] of text.replace(/[\u2212]/g, '-').matchAll(number)) last = found;
  return last;
}

/** Takes the last number of a text, boxed or not. */
export const lastNumberGrader: Grader = graderOf({
  described: 'the last number',
  extract: lastNumber,
  expected: (answer) => lastNumber(finalAnswer(answer)),
  lacking: 'has no number',
  key: answerKey,
  same: sameAnswer,
});
