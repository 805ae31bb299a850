/*
 * Cuts prompts into batches that are sampled each by itself: the last bits of an answer hang on which others are sampled beside
 * it. Whichever processes, machines or attempts batches are dealt to, each gives the same answers.
 */

/** Fewer answers in a batch would leave products few rows. */
const leastAnswers = 128;
/** What a lost process costs at most, and about what is sampled at a time where there is memory. */
const mostAnswers = 512;
/** Where answers are many enough: for as many processes. */
const wantedBatches = 16;

/** Positions of prompts: `from` up to, not including, `to`. */
export interface PromptBatch {
  readonly from: number;
  readonly to: number;
}

/**
 * Batches of neighbours, each with about as many prompts; they hang on nothing but these numbers.
 *
 * @param prompts how many
 * @param samples answers to each
 */
export function promptBatches(prompts: number, samples: number): readonly PromptBatch[] {
  const answers = prompts * samples;
  const size = Math.max(leastAnswers, Math.min(mostAnswers, Math.ceil(answers / wantedBatches)));
  const count = Math.min(prompts, Math.max(1, Math.floor(answers / size)));
  const end = (batch: number) => Math.floor((batch * prompts) / count);
  return Array.from({ length: count }, (_, batch) => ({ from: end(batch), to: end(batch + 1) }));
}
