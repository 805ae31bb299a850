import { type Dict, isDict, type Value } from '../../calibration/chat/jinja/values/values.ts';
import { fieldOf } from '../../calibration/shapes/fields.ts';
import { shown } from '../../files/reading/shown.ts';
import type { PromptInput, PromptMessage } from '../prompts/prompt.ts';
import type { Rollout } from '../rollout.ts';
import type { RolloutColumns } from './rolloutColumns.ts';

/* One row of a file of rollouts: a prompt with one answer to it, or with a list of them. */

/** What is wrong with a row, as a clause. */
export class RolloutFault extends Error {}

/** What a row says. */
export interface RolloutRow {
  readonly input: PromptInput;
  readonly answer: string | null;
  /** `null`: the file has no steps. */
  readonly step: number | null;
  /** Without those that their sampler broke off. */
  readonly rollouts: readonly Rollout[];
  /** Answers that were broken off by whoever sampled. */
  readonly aborted: number;
}

function messagesOf(value: readonly Value[], what: string): PromptMessage[] {
  return value.map((message) => {
    const role = isDict(message as Value) ? (message as Dict).get('role') : undefined;
    const content = isDict(message as Value) ? (message as Dict).get('content') : undefined;
    if (typeof role !== 'string' || typeof content !== 'string') {
      throw new RolloutFault(`${what} is a list, but not of messages that have a role and a text`);
    }
    return { role, content };
  });
}

function inputOf(value: Value | undefined, name: string): PromptInput {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (Array.isArray(value) && value.length > 0) {
    return { kind: 'messages', messages: messagesOf(value as readonly Value[], `the prompt in ${shown(name)}`) };
  }
  throw new RolloutFault(`the prompt in ${shown(name)} is neither a text nor a list of messages`);
}

/** A text, or the conversation that TRL logs for one: its last message. */
function textOf(value: Value | undefined, name: string): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length > 0) {
    return messagesOf(value as readonly Value[], `the response in ${shown(name)}`).at(-1)!.content;
  }
  throw new RolloutFault(`the response in ${shown(name)} is no text`);
}

/** Lists of texts, or of conversations, hold several answers; a list of messages is one conversation. */
function isSeveral(value: Value | undefined): value is readonly Value[] {
  if (!Array.isArray(value)) return false;
  return (value as readonly Value[]).every((each) => typeof each === 'string' || Array.isArray(each));
}

/** A number, or yes and no as 1 and 0; what Python has for "not known" is null. */
function rewardOf(value: Value | undefined, name: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint' || typeof value === 'number') {
    const reward = Number(value);
    return Number.isNaN(reward) ? null : reward;
  }
  throw new RolloutFault(`the reward in ${shown(name)} is no number`);
}

/** Texts as they stand, numbers as written; undefined: neither. */
function plainText(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || typeof value === 'number' ? String(value) : undefined;
}

/** The right answer as text; of a list of right answers its only one. */
function answerOf(value: Value | undefined): string | null {
  const only = Array.isArray(value) && value.length === 1 ? (value[0] as Value) : value;
  return only === undefined ? null : (plainText(only) ?? null);
}

const stops: ReadonlyMap<string, boolean> = new Map([
  ['stop', true],
  ['completed', true],
  ['length', false],
  ['truncated', false],
]);
const brokenOff: ReadonlySet<string> = new Set(['abort', 'aborted', 'pending', 'failed']);

function countOf(value: Value | undefined): number | null {
  const count = typeof value === 'bigint' ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function stepOf(row: Dict, name: string | null): number | null {
  return name === null ? null : countOf(row.get(name));
}

/** Of a list that goes with the answers, the entry of each; of a single value, that one. */
function perAnswer(value: Value | undefined, answers: number, what: string): readonly (Value | undefined)[] {
  if (value === undefined || value === null) return new Array<undefined>(answers).fill(undefined);
  if (Array.isArray(value)) {
    if (value.length === answers) return value as readonly Value[];
    throw new RolloutFault(`it has ${answers} answers and ${value.length} ${what}`);
  }
  if (answers === 1) return [value];
  throw new RolloutFault(`it has ${answers} answers, and in place of their ${what} one value for all of them`);
}

/**
 * Reads a row by the columns that its file has.
 *
 * @throws RolloutFault when prompt, response or reward are not of a kind that is known, or lists differ in length
 */
export function readRolloutRow(row: Value, columns: RolloutColumns): RolloutRow {
  if (!isDict(row)) throw new RolloutFault('it is no object');
  const field = (name: string | null) => (name === null ? undefined : fieldOf(row, name));
  const response = field(columns.response);
  const several = isSeveral(response);
  const texts = several ? response.map((each) => textOf(each, columns.response)) : [textOf(response, columns.response)];
  const rewards = perAnswer(field(columns.reward), texts.length, 'rewards');
  const ending = field(columns.ending);
  const endings = several && !Array.isArray(ending) ? [] : perAnswer(ending, texts.length, 'endings');
  const length = field(columns.tokens);
  const lengths = several && !Array.isArray(length) ? [] : perAnswer(length, texts.length, 'lengths');
  const rollouts: Rollout[] = [];
  for (const [i, text] of texts.entries()) {
    const reason = endings[i];
    if (typeof reason === 'string' && brokenOff.has(reason)) continue;
    rollouts.push({
      text,
      tokens: countOf(lengths[i]),
      stopped: typeof reason === 'string' ? (stops.get(reason) ?? null) : null,
      // Those that frameworks save are of the temperature that they sampled at, which the file does not say.
      logProbabilities: null,
      entropies: null,
      reward: columns.reward === null ? null : rewardOf(rewards[i], columns.reward),
    });
  }
  return {
    input: inputOf(field(columns.prompt), columns.prompt),
    answer: answerOf(field(columns.answer)),
    step: stepOf(row, columns.step),
    rollouts,
    aborted: texts.length - rollouts.length,
  };
}
