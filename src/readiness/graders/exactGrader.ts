import { type Grader, graderOf } from './grader.ts';

/* The grader for answers that are to be the whole text. */

const trimmed = (text: string): string => text.trim().normalize('NFC');

/** The whole text, without the spaces around it, must be the answer, letter by letter. */
export const exactGrader: Grader = graderOf({
  described: 'the whole text',
  extract: (text) => (trimmed(text) === '' ? undefined : trimmed(text)),
  expected: (answer) => (trimmed(answer) === '' ? undefined : trimmed(answer)),
  lacking: 'is empty',
  key: (answer) => answer,
  same: (given, wanted) => given === wanted,
});
