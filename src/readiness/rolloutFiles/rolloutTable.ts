import { InputError } from '../../errors.ts';
import { shown, shownCount } from '../../files/reading/shown.ts';
import type { Prompt, PromptInput } from '../prompts/prompt.ts';
import type { PromptRollouts, Rollout } from '../rollout.ts';
import type { RolloutRow } from './rolloutRow.ts';

/* Rows of files of rollouts, put together by their prompts. */

/** More is no file of rollouts that fits into memory. */
const mostAnswers = 5_000_000;
const mostCharacters = 1e9;
/** Steps that are named. */
const namedSteps = 8;

/** What files of rollouts hold: answers by prompt, and what is to be said about them. */
export interface RolloutTable {
  /** In the order in which they come first; `line` is that of the first row. */
  readonly prompts: readonly Prompt[];
  /** One for each of `prompts`, answers in the files' order. */
  readonly rollouts: readonly PromptRollouts[];
  /** Every answer has a reward. */
  readonly rewarded: boolean;
  /** Sentences. */
  readonly notes: readonly string[];
}

interface Group {
  readonly input: PromptInput;
  readonly line: number;
  readonly answer: string | null;
  readonly step: number | null;
  readonly rollouts: Rollout[];
}

/** The same for prompts that are the same, whole. */
export const promptKey = (input: PromptInput): string =>
  input.kind === 'text'
    ? `t${input.text}`
    : `m${JSON.stringify(input.messages.map((each) => [each.role, each.content]))}`;

function shownSteps(steps: ReadonlySet<number>): string {
  const sorted = [...steps].sort((a, b) => a - b);
  const named = sorted.slice(0, namedSteps).join(', ');
  return sorted.length > namedSteps ? `${named} … ${sorted.at(-1)}` : named;
}

/** Gathers rows into groups with identical prompts. */
export class RolloutGroups {
  readonly #groups = new Map<string, Group>();
  readonly #only: number | undefined;
  readonly #steps = new Set<number>();
  #mixed: string | undefined;
  #answers = 0;
  #characters = 0;
  #aborted = 0;
  #otherAnswers = 0;
  #unrewarded = 0;

  /** @param step only rows of this step of the training; all when left out */
  constructor(step?: number) {
    this.#only = step;
  }

  /**
   * @param place names the row in messages
   * @param line its number in its file
   * @throws InputError when there is more than fits into memory
   */
  add(row: RolloutRow, line: number, place: string): void {
    if (row.step !== null) this.#steps.add(row.step);
    if (this.#only !== undefined && row.step !== this.#only) return;
    const key = promptKey(row.input);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { input: row.input, line, answer: row.answer, step: row.step, rollouts: [] };
      this.#groups.set(key, group);
      this.#characters += key.length;
    }
    if (group.step !== row.step) this.#mixed ??= place;
    if (group.answer !== row.answer) this.#otherAnswers++;
    this.#aborted += row.aborted;
    for (const rollout of row.rollouts) {
      group.rollouts.push(rollout);
      this.#characters += rollout.text.length;
      if (rollout.reward === null) this.#unrewarded++;
    }
    this.#answers += row.rollouts.length;
    if (this.#answers > mostAnswers || this.#characters > mostCharacters) {
      throw new InputError(
        `${place}: so far there are ${shownCount(this.#answers)} answers with ${shownCount(this.#characters)} characters, more than is held in memory. Give fewer files.`,
      );
    }
  }

  /**
   * @throws InputError when there is no answer, or answers of one prompt come from several steps: they are several
   *   checkpoints' and no sample of any
   */
  table(): RolloutTable {
    const steps = shownSteps(this.#steps);
    if (this.#groups.size === 0) {
      const which = this.#only === undefined || steps === '' ? '' : ` of step ${this.#only}; there are steps ${steps}`;
      throw new InputError(`The files of rollouts hold no rows${which}.`);
    }
    if (this.#mixed !== undefined) {
      throw new InputError(
        `${this.#mixed}: the same prompt was answered at several steps of the training (${steps}), by a checkpoint each. Choose one with --rollout-step.`,
      );
    }
    const prompts: Prompt[] = [];
    const rollouts: PromptRollouts[] = [];
    for (const { input, line, answer, rollouts: own } of this.#groups.values()) {
      rollouts.push({ prompt: prompts.length, rollouts: own });
      prompts.push({ index: prompts.length, line, input, answer });
    }
    const rewarded = this.#unrewarded === 0;
    return { prompts, rollouts, rewarded, notes: this.#notes(steps, rollouts) };
  }

  #notes(steps: string, rollouts: readonly PromptRollouts[]): string[] {
    const { low, high } = range(rollouts);
    const notes = [
      `${shownCount(this.#answers, 'answer')} to ${shownCount(this.#groups.size, 'prompt')}, ${
        low === high ? `${low} each` : `between ${low} and ${high} each: what needs as many of all is limited to ${low}`
      }.`,
    ];
    if (this.#aborted > 0) notes.push(`Left out: ${shownCount(this.#aborted, 'answer')} that their sampler broke off.`);
    if (this.#unrewarded > 0 && this.#unrewarded < this.#answers) {
      notes.push(`${shownCount(this.#unrewarded, 'answer')} of ${shownCount(this.#answers)} without a reward.`);
    }
    if (this.#otherAnswers > 0) {
      notes.push(
        `${shownCount(this.#otherAnswers, 'row')} with another right answer than the prompt's first row; the first counts.`,
      );
    }
    if (this.#only === undefined && this.#steps.size > 1) {
      notes.push(`The answers come from several steps of the training (${steps}), a checkpoint each.`);
    }
    return notes;
  }
}

function range(rollouts: readonly PromptRollouts[]): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { rollouts: own } of rollouts) {
    low = Math.min(low, own.length);
    high = Math.max(high, own.length);
  }
  return { low, high };
}

/** A prompt's beginning, for messages. */
export function shownPrompt(input: PromptInput): string {
  return shown(input.kind === 'text' ? input.text : (input.messages.at(-1)?.content ?? ''));
}
