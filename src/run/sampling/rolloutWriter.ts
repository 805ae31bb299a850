import { decodeAnswers } from '../../calibration/prompts.ts';
import { RunError } from '../../errors.ts';
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
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #onRollouts: (rollouts: PromptRollouts) => void;
  #waiting: SampledPrompt[] = [];
  #tokens = 0;
  #decoding: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /** @param folder of the checkpoint, for messages */
  constructor(
    tokenizerPath: string,
    folder: string,
    signal: AbortSignal,
    onRollouts: (rollouts: PromptRollouts) => void,
  ) {
    this.#tokenizerPath = tokenizerPath;
    this.#folder = folder;
    this.#signal = signal;
    this.#onRollouts = onRollouts;
  }

  /** @throws what decoding earlier ones ended with; RunError for values that are no numbers */
  add(sampled: SampledPrompt): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    for (const { logProbabilities, entropies } of sampled.answers) {
      if (logProbabilities.every(Number.isFinite) && entropies.every(Number.isFinite)) continue;
      throw new RunError(
        `"${this.#folder}" gives values that are not numbers on prompt ${sampled.index + 1}: its weights hold NaN or infinity, ` +
          'or overflow on this device.',
      );
    }
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
    this.#failure = undefined;
    this.#decode(undefined);
    await this.#decoding;
  }

  #decode(signal: AbortSignal | undefined): void {
    const prompts = this.#waiting;
    this.#waiting = [];
    this.#tokens = 0;
    if (prompts.length === 0) return;
    this.#decoding = this.#decoding.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        const runs = prompts.flatMap(({ answers }) => answers.map(textTokens));
        const texts = await decodeAnswers(this.#tokenizerPath, runs, { signal });
        let at = 0;
        for (const { index, answers } of prompts) {
          const rollouts = answers.map((answer) => rolloutOf(answer, texts[at++]!));
          this.#onRollouts({ prompt: index, rollouts });
        }
      } catch (error) {
        this.#waiting.unshift(...prompts);
        this.#failure = { error };
      }
    });
  }
}
