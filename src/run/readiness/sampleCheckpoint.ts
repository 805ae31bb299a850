import { RunError } from '../../errors.ts';
import { shownCount } from '../../files/reading/shown.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../readiness/rollout.ts';
import { SampledTally } from '../../readiness/statistics/sampledTally.ts';
import type { RolloutGrader } from './rolloutGrader.ts';
import type { RolloutLog } from './rolloutLog.ts';
import type { RolloutSource, SampleOptions } from './rolloutSource.ts';

/* Samples one checkpoint at one temperature, grades what comes, and keeps it for a later run. */

export interface SampleWork {
  readonly source: RolloutSource;
  readonly prompts: readonly Prompt[];
  readonly options: SampleOptions;
  readonly grader: RolloutGrader;
  /** Keeps finished prompts; without, nothing is kept. */
  readonly log?: RolloutLog | undefined;
  /** Hears how many answers are there, of how many. */
  readonly onProgress: (done: number, total: number) => void;
  readonly onNote: (text: string) => void;
}

class Grading {
  readonly tally = new SampledTally();
  readonly #work: SampleWork;
  #waiting: PromptRollouts[] = [];

  constructor(work: SampleWork) {
    this.#work = work;
  }

  async add(done: PromptRollouts): Promise<void> {
    this.#waiting.push(done);
    if (this.#waiting.length >= this.#work.grader.batch) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    const grades = await this.#work.grader.grade(this.#work.prompts, batch);
    for (const [i, done] of batch.entries()) this.tally.add(done, grades[i]!);
  }
}

function checkRollouts({ prompt, rollouts }: PromptRollouts, missing: ReadonlySet<number>, described: string): void {
  if (!missing.has(prompt))
    throw new RunError(`${described} gave answers to prompt ${prompt}, which was not asked for.`);
  if (rollouts.length === 0) throw new RunError(`${described} gave no answer to prompt ${prompt}.`);
}

/**
 * Samples what the log does not have yet. Every prompt has at least one answer then.
 *
 * @throws RunError when the source leaves a prompt out; and what source and grader throw. Finished prompts are in the log.
 */
export async function sampleCheckpoint(work: SampleWork): Promise<SampledTally> {
  const { source, prompts, options, log, onProgress, onNote } = work;
  const grading = new Grading(work);
  const missing = new Set(prompts.map(({ index }) => index));
  const total = prompts.length * options.samples;
  let answers = 0;
  let heard = 0;
  const told = () => onProgress(Math.min(Math.max(answers, heard), total), total);
  let fewer = 0;
  const take = async (done: PromptRollouts): Promise<void> => {
    missing.delete(done.prompt);
    answers += done.rollouts.length;
    if (done.rollouts.length < options.samples) fewer++;
    await grading.add(done);
    told();
  };
  for (const done of log?.restored() ?? []) if (missing.has(done.prompt)) await take(done);
  const restored = prompts.length - missing.size;
  if (restored > 0) {
    onNote(
      `Taking up an unfinished run: ${restored} of ${shownCount(prompts.length, 'prompt')} have been sampled already.`,
    );
  }
  heard = answers;
  const onAnswer = () => {
    heard++;
    told();
  };
  const rest = prompts.filter(({ index }) => missing.has(index));
  if (rest.length > 0) {
    for await (const done of source.sample(rest, { ...options, among: prompts, onAnswer })) {
      checkRollouts(done, missing, source.described);
      log?.append(done);
      await take(done);
    }
  }
  await grading.flush();
  if (missing.size > 0) {
    throw new RunError(
      `${source.described} gave no answers to ${missing.size} of ${shownCount(prompts.length, 'prompt')}.`,
    );
  }
  if (fewer > 0) {
    onNote(
      `${shownCount(fewer, 'prompt')} got fewer than ${options.samples} answers from ${source.described}: Pass@k goes up to the fewest.`,
    );
  }
  return grading.tally;
}
