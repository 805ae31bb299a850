/**
 * A prompt that checkpoints are sampled on, as its file has it: no template is applied yet, no token made.
 */

/** A message before the answer. */
export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

/** What is asked: a text to go on from as it stands, or messages that a chat template (or a server) renders. */
export type PromptInput =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'messages'; readonly messages: readonly PromptMessage[] };

/** One prompt with the answer that it is graded by. */
export interface Prompt {
  /** Index among the prompts that are used, from 0: `PromptRollouts.prompt`. */
  readonly index: number;
  /** Where it stands in its file, from 1: line of JSONL, element of a JSON array, row of Parquet. */
  readonly line: number;
  readonly input: PromptInput;
  /** The right answer, as text; `null` where the file has none (a reward of the source's decides then). */
  readonly answer: string | null;
}
