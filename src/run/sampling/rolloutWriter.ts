import { decodeAnswers } from '../../calibration/prompts.ts';
import type { SampledAnswer, SampledPrompt } from '../../protocol/engine.ts';
import type { PromptRollouts, Rollout } from '../../readiness/rollout.ts';

/* Turns sampled tokens into rollouts: decodes them, many prompts at a time, while others are sampled. */

/** Each time a process reads the tokenizer anew: of a large vocabulary that takes a second or two. */
const decodedAtOnce = 2 ** 16;

function textTokens({ tokens, finish }: SampledAnswer): Uint32Array {
  return Uint32Array.from(finish === 'stop' ? tokens.subarray(0, -1) : tokens);
}

function rolloutOf({ tokens, logProbabilities, entropies, finish }: SampledAnswer, text: string): Rollout {
  return { text, tokens: tokens.length, stopped: finish === 'stop', logProbabilities, entropies, reward: null };
}

export class RolloutWriter {
  readonly #tokenizerPath: string;
  readonly #signal: AbortSignal;
  readonly #onRollouts: (rollouts: PromptRollouts) => void;
  #waiting: SampledPrompt[] = [];
  #tokens = 0;
  #decoding: Promise<void> = Promise.resolve();
  /** `heard`: of the caller's, at what it heard. */
  #failure: { readonly error: unknown; readonly heard: boolean } | undefined;

  constructor(tokenizerPath: string, signal: AbortSignal, onRollouts: (rollouts: PromptRollouts) => void) {
    this.#tokenizerPath = tokenizerPath;
    this.#signal = signal;
    this.#onRollouts = onRollouts;
  }

  /** @throws what decoding earlier ones ended with */
  add(sampled: SampledPrompt): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#waiting.push(sampled);
    this.#tokens += sampled.answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
    if (this.#tokens >= decodedAtOnce) this.#decode(this.#signal);
  }

  /** Decodes what waits. @throws what decoding ended with */
  async finish(): Promise<void> {
    this.#decode(this.#signal);
    await this.#decoding;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** After a request that failed or was stopped: what was sampled is decoded all the same, unless that fails. */
  async settle(): Promise<void> {
    await this.#decoding;
    // Nothing more for a caller that failed at what it heard.
    if (this.#failure?.heard === true) return;
    this.#failure = undefined;
    this.#decode(undefined);
    await this.#decoding;
  }

  #decode(signal: AbortSignal | undefined): void {
    this.#tokens = 0;
    this.#decoding = this.#decoding.then(async () => {
      const prompts = [...this.#waiting];
      if (this.#failure !== undefined || prompts.length === 0) return;
      let heard = false;
      try {
        const runs = prompts.flatMap(({ answers }) => answers.map(textTokens));
        const texts = await decodeAnswers(this.#tokenizerPath, runs, { signal });
        heard = true;
        let at = 0;
        for (const { index, answers } of prompts) {
          this.#waiting.shift();
          this.#onRollouts({ prompt: index, rollouts: answers.map((answer) => rolloutOf(answer, texts[at++]!)) });
        }
      } catch (error) {
        this.#failure = { error, heard };
      }
    });
  }
}
