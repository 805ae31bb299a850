/* Decides which prompts begin when: answers that are sampled together, and which of those that wait join them. */

/** Answers to one prompt that begin together, so that the prompt is computed once for all of them. */
export interface AnswerGroup {
  /** Position of the prompt in the request. */
  readonly position: number;
  /** Tokens of the prompt. */
  readonly rows: number;
  /** Answers `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
}

/** Of all places, those that must be free before others begin: prompts are computed several at a time. */
const joiningShare = 1 / 8;
/** Of all places, what the answers of one group take at most: a large group would wait for many places at once. */
const groupShare = 1 / 4;

/**
 * Groups of answers that wait for places among those that are being sampled. Prompts of like lengths begin together: what is
 * sampled together is padded to the longest.
 */
export class AnswerQueue {
  readonly #places: number;
  readonly #samples: number;
  readonly #mostRows: number;
  /** By length; of one length in the order of the request. */
  #waiting: AnswerGroup[] = [];

  /**
   * @param places answers that are sampled at a time
   * @param samples answers to each prompt
   * @param mostRows prompt tokens computed at a time, but for a prompt that has more by itself
   */
  constructor(places: number, samples: number, mostRows: number) {
    this.#places = places;
    this.#samples = samples;
    this.#mostRows = mostRows;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Answers that wait. */
  get answers(): number {
    return this.#waiting.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  add(prompts: readonly Pick<AnswerGroup, 'position' | 'rows'>[]): void {
    const size = Math.min(this.#samples, Math.max(1, Math.floor(this.#places * groupShare)));
    for (const { position, rows } of prompts) {
      for (let from = 0; from < this.#samples; from += size) {
        this.#waiting.push({ position, rows, from, to: Math.min(from + size, this.#samples) });
      }
    }
    this.#waiting.sort((a, b) => a.rows - b.rows || a.position - b.position || a.from - b.from);
  }

  /** Takes the groups that begin now: none while too few places are free. @param free places that no answer has */
  take(free: number): AnswerGroup[] {
    if (free < Math.min(this.answers, Math.ceil(this.#places * joiningShare))) return [];
    const taken: AnswerGroup[] = [];
    let rows = 0;
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0]!;
      if (next.to - next.from > free || (taken.length > 0 && rows + next.rows > this.#mostRows)) break;
      taken.push(next);
      this.#waiting.shift();
      free -= next.to - next.from;
      rows += next.rows;
    }
    return taken;
  }
}
