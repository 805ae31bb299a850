/**
 * What a grader is: it says of a sampled answer whether it is right.
 */

/** What a grader makes of one sampled text. */
export interface Grade {
  readonly correct: boolean;
  /**
   * The final answer that was found in the text, in a spelling that equal answers share: what "distinct answers" counts.
   * `null` where none was found; the text is wrong then.
   */
  readonly answer: string | null;
}

/** Grades sampled texts by the answer that the file of prompts has. Pure: it starts nothing and reads nothing. */
export interface Grader {
  /** What it looks for, in words: `the last \boxed{…}`. */
  readonly described: string;
  /** Why no text can be graded by this answer of the file, as a clause; undefined when texts can be. */
  refusal(answer: string): string | undefined;
  /**
   * @param texts sampled answers to one prompt
   * @param answer the file's answer to it
   * @returns as many grades, in their order
   * @throws InputError when a regular expression of the user's takes longer than it may
   */
  grade(texts: readonly string[], answer: string): readonly Grade[];
}

/** How a grader finds answers and compares them. */
export interface GraderParts {
  readonly described: string;
  /** The final answer of a text; undefined where there is none. */
  extract(text: string): string | undefined;
  /** What of the file's answer counts; undefined where it has nothing of the kind. */
  expected(answer: string): string | undefined;
  /** Completes "its answer …" where `expected` finds nothing. */
  readonly lacking: string;
  /** The spelling that equal answers share. */
  key(answer: string): string;
  same(given: string, wanted: string): boolean;
}

/** A grader that finds a final answer in every text by itself and compares it with the file's. */
export function graderOf({ described, extract, expected, lacking, key, same }: GraderParts): Grader {
  return {
    described,
    refusal: (answer) => (expected(answer) === undefined ? lacking : undefined),
    grade(texts, answer) {
      const wanted = expected(answer);
      return texts.map((text) => {
        const found = extract(text);
        if (found === undefined) return { correct: false, answer: null };
        return { correct: wanted !== undefined && same(found, wanted), answer: key(found) };
      });
    },
  };
}
