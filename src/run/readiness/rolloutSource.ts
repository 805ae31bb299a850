import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../readiness/rollout.ts';

/* The seam between readiness and whoever samples: our engine, a server, or files of rollouts. */

/** How answers are sampled. */
export interface SampleOptions {
  /** Answers to each prompt, at least 1. */
  readonly samples: number;
  /** 0: greedy. Above: the logits are divided by it. */
  readonly temperature: number;
  /** Share of the probability that is drawn from; 1: all of it. */
  readonly topP: number;
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  /** Texts that end an answer, besides the checkpoint's own stop tokens; not part of it. */
  readonly stop: readonly string[];
  /** Whole number from 0 to 2^53 - 1. The same seed and prompt index give the same answers where the source can. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** All prompts of the run, where some are not asked for: last bits hang on what is sampled beside. By index. */
  readonly among?: readonly Prompt[] | undefined;
  /** Hears what decides which answers are sampled beside which, from a source that knows; what it throws ends the request. */
  readonly onCut?: ((cut: string) => void) | undefined;
  /** Hears after each finished answer; for progress alone. */
  readonly onAnswer?: (() => void) | undefined;
}

/** Samples from one checkpoint. */
export interface RolloutSource {
  /**
   * What decides the answers besides the options and the prompts: what a resumed run must have in common with the
   * stopped one (the checkpoint's files, the server's address and model). Values are JSON.
   */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Where the answers come from, in words: `the engine on cpu`, `http://localhost:8000, model "m"`, a file's path. */
  readonly described: string;
  /**
   * Answers to prompts, each prompt once and whole, in any order (the order they get finished in). A prompt with fewer
   * answers than asked for is given as it is; readiness refuses or notes it.
   *
   * @param prompts those still to be sampled; their `index` is what the rollouts name
   * @throws InputError, RunError, Interrupted; what was given before counts and is kept
   */
  sample(prompts: readonly Prompt[], options: SampleOptions): AsyncIterable<PromptRollouts>;
  /** Frees what the source holds (an engine, connections). */
  dispose(): Promise<void>;
}

/** A checkpoint as it was named by the user, with the place where its files lie. */
export interface SampledCheckpoint {
  /** Name in tables and the record. */
  readonly name: string;
  /** Its folder as the user knows it; an address or a file's path where there is no folder. */
  readonly folder: string;
  /** Opened, a merged adapter too (`placeOf` says where its files lie); undefined where it does not lie here. */
  readonly checkpoint: Checkpoint | undefined;
}

/** Opens the source for one checkpoint after the other; the one before is disposed of first. */
export type OpenRolloutSource = (checkpoint: SampledCheckpoint, signal: AbortSignal) => Promise<RolloutSource>;
