import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import type { Grade, Grader } from '../../readiness/graders/grader.ts';
import { lastBoxed } from '../../readiness/graders/lastBoxed.ts';
import { type GraderChoice, namedGrader } from '../../readiness/graders/namedGrader.ts';
import { answerKey } from '../../readiness/graders/sameAnswer.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../readiness/rollout.ts';
import { gradeByCommand } from './commandGrader.ts';

/* Grades rollouts: by a grader of ours, by a program of the user's, or by the rewards that came with them. */

/** How answers are to be graded. */
export interface GradingOptions {
  /** Undefined: by the rewards that the source gave, and as `boxed` where it gave none. */
  readonly grader: GraderChoice | undefined;
  /** A reward above it is right; undefined: above 0, where there are at most two different rewards. */
  readonly correctAbove: number | undefined;
}

/** Prompts that a program grades in one process. */
const commandBatch = 64;

/** Where rewards are neither right nor wrong, nobody but the user knows which count as right. */
const mostRewards = 2;

export class RolloutGrader {
  readonly #options: GradingOptions;
  readonly #grader: Grader | undefined;
  readonly #signal: AbortSignal;
  readonly #rewards = new Set<number>();

  /** @throws InputError when a pattern is no regular expression */
  constructor(options: GradingOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    const choice = options.grader ?? { name: 'boxed' };
    this.#grader = choice.name === 'command' ? undefined : namedGrader(choice);
  }

  /** Prompts to grade at once. */
  get batch(): number {
    return this.#grader === undefined ? commandBatch : 1;
  }

  /** Why an answer of the file cannot be graded by, as a clause. */
  refusal(answer: string): string | undefined {
    return this.#grader?.refusal(answer);
  }

  /** For records: its name, and what it looks for. */
  get described(): { readonly name: GraderChoice['name'] | 'rewards'; readonly described: string } {
    const { grader } = this.#options;
    if (grader === undefined && this.#rewards.size > 0) {
      return { name: 'rewards', described: `rewards above ${this.#options.correctAbove ?? 0} of the source` };
    }
    if (grader?.name === 'command') return { name: 'command', described: `the program ${shown(grader.program)}` };
    return { name: grader?.name ?? 'boxed', described: this.#grader!.described };
  }

  /**
   * Grades the answers to some prompts.
   *
   * @param prompts all, by their index
   * @returns grades of each of `done`, in its order
   * @throws InputError when a prompt has no answer to grade by, or rewards are of many kinds
   * @throws RunError when the user's program fails; Interrupted on abort
   */
  async grade(prompts: readonly Prompt[], done: readonly PromptRollouts[]): Promise<readonly (readonly Grade[])[]> {
    const { grader } = this.#options;
    if (grader?.name === 'command') {
      const asked = done.flatMap(({ prompt, rollouts }) => {
        const { input, answer } = prompts[prompt]!;
        const text = input.kind === 'text' ? input.text : input.messages;
        return rollouts.map((rollout) => ({ prompt: text, answer, response: rollout.text }));
      });
      const grades = await gradeByCommand(grader, asked, this.#signal);
      let at = 0;
      return done.map(({ rollouts }) => {
        at += rollouts.length;
        return grades.slice(at - rollouts.length, at);
      });
    }
    return done.map((each) => this.#gradeOne(prompts[each.prompt]!, each));
  }

  #gradeOne({ answer, line }: Prompt, { rollouts }: PromptRollouts): readonly Grade[] {
    const { grader } = this.#options;
    if (grader === undefined && rollouts.every(({ reward }) => reward !== null)) {
      return rollouts.map(({ text, reward }) => this.#byReward(text, reward!));
    }
    if (answer === null) {
      throw new InputError(`Prompt ${line} has neither an answer to grade by nor a reward for each of its rollouts.`);
    }
    return this.#grader!.grade(
      rollouts.map(({ text }) => text),
      answer,
    );
  }

  #byReward(text: string, reward: number): Grade {
    const { correctAbove } = this.#options;
    this.#rewards.add(reward);
    if (correctAbove === undefined && this.#rewards.size > mostRewards) {
      const some = [...this.#rewards].map(String).join(', ');
      throw new InputError(
        `The rewards are of more than two kinds (${some}): say with --correct-above which answers count as right, or grade them with --grader.`,
      );
    }
    const boxed = lastBoxed(text);
    return { correct: reward > (correctAbove ?? 0), answer: boxed === undefined ? text.trim() : answerKey(boxed) };
  }
}
