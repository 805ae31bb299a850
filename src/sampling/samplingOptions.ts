import { InputError } from '../errors.ts';

/* How answers are sampled: temperature, top-p, length, stop tokens, seed, and how many for each prompt. */

export interface SamplingOptions {
  /** Answers sampled for each prompt, at least 1. */
  readonly samples: number;
  /** Divides the logits before a token is drawn; 0 takes the most likely token. */
  readonly temperature: number;
  /** Tokens are drawn among the fewest that have this much probability together, after the temperature; 1: among all. */
  readonly topP: number;
  /** Most tokens of an answer, the stop token included. */
  readonly maxTokens: number;
  /** Tokens that end an answer. */
  readonly stopTokens: readonly number[];
  /** A whole number from 0 to 2⁵³ − 1: the same seed gives the same random numbers. */
  readonly seed: number;
}

/** Limits far above what is of use, and far below where a size is no longer exact. */
const mostSamples = 65_536;
const mostTokens = 2 ** 24;

/** @throws InputError naming the first option that is out of range */
export function checkSamplingOptions({ samples, temperature, topP, maxTokens, seed }: SamplingOptions): void {
  const whole = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;
  const refuse = (what: string, range: string, value: number) => {
    throw new InputError(`The ${what} must be ${range}, not ${value}.`);
  };
  if (!whole(samples, 1, mostSamples)) refuse('number of samples', `a whole number from 1 to ${mostSamples}`, samples);
  if (!(temperature >= 0 && temperature <= 100)) refuse('temperature', 'from 0 to 100', temperature);
  // Below, the most likely token alone has any weight left, and its reciprocal is no float32.
  if (temperature > 0 && temperature < 1e-3) refuse('temperature', '0 or at least 0.001', temperature);
  if (!(topP > 0 && topP <= 1)) refuse('top-p', 'above 0 and at most 1', topP);
  if (!whole(maxTokens, 1, mostTokens)) refuse('number of tokens', `a whole number from 1 to ${mostTokens}`, maxTokens);
  if (!whole(seed, 0, Number.MAX_SAFE_INTEGER)) refuse('seed', 'a whole number from 0 to 2^53 - 1', seed);
}
