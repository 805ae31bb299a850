import type { SampleBatch, SampledAnswer } from '../../../protocol/engine.ts';
import type { EndedAnswer } from './runningAnswers.ts';

/*
 * A batch of prompts that was dealt to this process: sampled whole, also where some of it was finished before, and given back
 * in order.
 */

/** A prompt whose answers all ended. */
interface DuePrompt {
  readonly position: number;
  readonly answers: readonly SampledAnswer[];
}

export class DealtPrompts {
  readonly #samples: number;
  readonly #wanted: ReadonlySet<number>;
  /** Those not given back, in order, with the answers that ended, by which of the prompt's it is, and how many. */
  readonly #open = new Map<number, { readonly answers: SampledAnswer[]; ended: number }>();

  /** @param wanted positions that were dealt; @param samples answers to each */
  constructor({ from, to }: SampleBatch, wanted: readonly number[], samples: number) {
    this.#samples = samples;
    this.#wanted = new Set(wanted);
    for (let position = from; position < to; position++) this.#open.set(position, { answers: [], ended: 0 });
  }

  /** Positions of all prompts of the batch, ascending. */
  get positions(): readonly number[] {
    return [...this.#open.keys()];
  }

  /** @returns whether the prompt was dealt */
  end({ position, sample, ...answer }: EndedAnswer): boolean {
    const open = this.#open.get(position)!;
    open.answers[sample] = answer;
    open.ended++;
    return this.#wanted.has(position);
  }

  /** Prompts to give back now: all answers of theirs, and of those before them, have ended. */
  due(): DuePrompt[] {
    const due: DuePrompt[] = [];
    for (const [position, { answers, ended }] of this.#open) {
      if (ended < this.#samples) break;
      if (this.#wanted.has(position)) due.push({ position, answers });
      this.#open.delete(position);
    }
    return due;
  }
}
