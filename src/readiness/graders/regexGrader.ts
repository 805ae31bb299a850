import { createContext, Script } from 'node:vm';
import { InputError } from '../../errors.ts';
import { shown, shownReason } from '../../files/reading/shown.ts';
import { isTimeout, withinComputing } from '../../processorTime.ts';
import type { Grade, Grader } from './grader.ts';
import { answerKey, sameAnswer } from './sameAnswer.ts';

/*
 * The grader of answers that a regular expression of the user's finds. An expression may take for ever on a text
 * (`(a+)+b`), and JavaScript cannot be asked to give up; a script of node:vm can be stopped in the middle of one.
 */

/** Longest time for the answers to one prompt, milliseconds of computing. */
const usualLimitMs = 2000;

/** The last match of each text: its first group, or all of it where there is no group. An empty match finds nothing. */
const source = `texts.map((text) => {
  let last = null;
  for (const match of text.matchAll(expression)) {
    const found = match.length > 1 ? match[1] : match[0];
    if (found !== undefined && found !== '') last = found;
  }
  return last;
})`;

/**
 * Takes the last match of a regular expression (of JavaScript; flags `gu`): its first group, or the whole match.
 *
 * @param pattern of the user
 * @param limitMs longest time for the answers to one prompt
 * @throws InputError when it is no regular expression
 */
export function regexGrader(pattern: string, limitMs = usualLimitMs): Grader {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, 'gu');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`${shown(pattern)} is no regular expression of JavaScript: ${shownReason(why)}.`);
  }
  const script = new Script(source);
  const find = (texts: readonly string[]): readonly (string | null)[] => {
    try {
      const found = withinComputing(limitMs, (timeout) =>
        script.runInContext(createContext({ texts, expression }), { timeout }),
      );
      return [...(found as (string | null)[])];
    } catch (error) {
      if (!isTimeout(error)) throw error;
      const longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
      throw new InputError(
        `The regular expression ${shown(pattern)} took longer than ${limitMs / 1000} s on the answers to one prompt (the longest has ` +
          `${longest} characters): it goes through ever more ways to match. Write it without repetitions inside repetitions.`,
      );
    }
  };
  return {
    described: `the last match of the regular expression ${shown(pattern)}`,
    refusal: (answer) => (answer.trim() === '' ? 'is empty' : undefined),
    grade: (texts, answer) =>
      find(texts).map(
        (found): Grade =>
          found === null
            ? { correct: false, answer: null }
            : { correct: sameAnswer(found, answer), answer: answerKey(found) },
      ),
  };
}
