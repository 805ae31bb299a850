/**
 * What sampling gives, whoever sampled: our engine, a server, or an RL framework's own file of rollouts.
 */

/** One sampled answer to one prompt. */
export interface Rollout {
  /** The sampled text, without the prompt and without the stop token. */
  readonly text: string;
  /** Sampled tokens, the stop token included; `null` where the source does not say. */
  readonly tokens: number | null;
  /** Whether it ended by itself and not at the limit of length; `null` where the source does not say. */
  readonly stopped: boolean | null;
  /** Log-probability of each sampled token under the distribution at temperature 1, nats; `null` where not known. */
  readonly logProbabilities: Float32Array | null;
  /** Entropy of the distribution at temperature 1 that each token was drawn from, nats; `null` where not known. */
  readonly entropies: Float32Array | null;
  /** A reward that the source gave; `null` where a grader of ours decides. */
  readonly reward: number | null;
}

/** The rollouts of one prompt, in the order they were sampled. */
export interface PromptRollouts {
  /** Index of the prompt in the file of prompts, from 0. */
  readonly prompt: number;
  readonly rollouts: readonly Rollout[];
}
