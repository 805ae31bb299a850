import type { Grade } from '../graders/grader.ts';
import type { PromptRollouts } from '../rollout.ts';
import { EntropyHistogram } from './entropyHistogram.ts';
import type { PromptCounts } from './passAtK.ts';

/* Counts sampled answers as they come, so that no text is held. */

/** What is kept of a prompt's answers. */
export interface PromptTally extends PromptCounts {
  /** Different final answers among them. */
  readonly distinct: number;
  /** Answers in which a final answer was found. */
  readonly answered: number;
}

/** A mean over those that the source told of; `null` where it told of none. */
class Mean {
  #sum = 0;
  #count = 0;
  largest = 0;

  add(value: number | null): void {
    if (value === null) return;
    this.#sum += value;
    this.#count++;
    this.largest = Math.max(this.largest, value);
  }

  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

/** All answers of one checkpoint at one temperature. */
export class SampledTally {
  readonly #prompts = new Map<number, PromptTally>();
  readonly length = new Mean();
  readonly stopped = new Mean();
  /** −log p of sampled tokens at temperature 1, nats. */
  readonly surprisal = new Mean();
  readonly entropy = new EntropyHistogram();

  /** @param grades one for each rollout */
  add({ prompt, rollouts }: PromptRollouts, grades: readonly Grade[]): void {
    const answers = grades.flatMap(({ answer }) => (answer === null ? [] : [answer]));
    this.#prompts.set(prompt, {
      samples: rollouts.length,
      correct: grades.filter(({ correct }) => correct).length,
      distinct: new Set(answers).size,
      answered: answers.length,
    });
    for (const { tokens, stopped, logProbabilities, entropies } of rollouts) {
      this.length.add(tokens);
      this.stopped.add(stopped === null ? null : Number(stopped));
      if (logProbabilities !== null) for (const each of logProbabilities) this.surprisal.add(-each);
      if (entropies !== null) this.entropy.add(entropies);
    }
  }

  /** In the order of the prompts' indices. */
  get prompts(): PromptTally[] {
    return [...this.#prompts].sort(([one], [other]) => one - other).map(([, tally]) => tally);
  }
}
