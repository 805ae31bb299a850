import type { SampledAnswer } from '../../../protocol/engine.ts';
import type { Work } from '../work.ts';
import type { EndedAnswer } from './runningAnswers.ts';

/* The prompts that this process was dealt: asked for ahead of time, and given back in the order dealt. */

/** A prompt whose answers all ended. */
interface DuePrompt {
  readonly position: number;
  readonly answers: readonly SampledAnswer[];
}

export class DealtPrompts {
  readonly #work: Work;
  readonly #atOnce: number;
  readonly #samples: number;
  #asked: Promise<void> | undefined;
  #arrived: readonly number[] = [];
  #over = false;
  /** Those not given back, in the order dealt, with the answers that ended, by which of the prompt's it is, and how many. */
  readonly #open = new Map<number, { readonly answers: SampledAnswer[]; ended: number }>();

  /** @param atOnce prompts to ask for at a time; @param samples answers to each */
  constructor(work: Work, atOnce: number, samples: number) {
    this.#work = work;
    this.#atOnce = atOnce;
    this.#samples = samples;
  }

  /** Asks for the next prompts, unless that was done or there are none. */
  ask(): void {
    if (this.#asked !== undefined || this.#over) return;
    this.#asked = this.#work.deal(this.#atOnce).then((positions) => {
      this.#arrived = positions;
      this.#over = positions.length === 0;
    });
    // It is awaited only when there is nothing else to do.
    this.#asked.catch(() => undefined);
  }

  /** Waits for what was asked for. */
  async arrival(): Promise<void> {
    await this.#asked;
  }

  /** Positions that have arrived since, ascending. */
  take(): readonly number[] {
    const arrived = this.#arrived;
    if (arrived.length === 0) return [];
    this.#arrived = [];
    this.#asked = undefined;
    for (const position of arrived) this.#open.set(position, { answers: [], ended: 0 });
    return arrived;
  }

  end({ position, sample, ...answer }: EndedAnswer): void {
    const open = this.#open.get(position)!;
    open.answers[sample] = answer;
    open.ended++;
  }

  /** Prompts to give back now: all answers of theirs, and of those dealt before them, have ended. */
  due(): DuePrompt[] {
    const due: DuePrompt[] = [];
    for (const [position, { answers, ended }] of this.#open) {
      if (ended < this.#samples) break;
      due.push({ position, answers });
      this.#open.delete(position);
    }
    return due;
  }
}
