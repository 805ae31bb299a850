import { z } from 'zod';
import type { Rollout } from '../../../readiness/rollout.ts';
import type { SamplingRequest } from './samplingRequest.ts';

/* The answers in a server's reply. */

/** What is wrong with a reply that claims to be one, as a clause. */
export class ReplyFault extends Error {}

const usage = z.object({ completion_tokens: z.number().nullish() }).nullish();
const ending = { index: z.number().nullish(), finish_reason: z.string().nullish() };

const completionSchema = z.object({
  usage,
  choices: z.array(
    z.object({
      ...ending,
      text: z.string(),
      logprobs: z.object({ token_logprobs: z.array(z.number().nullable()).nullish() }).nullish(),
    }),
  ),
});

const chatSchema = z.object({
  usage,
  choices: z.array(
    z.object({
      ...ending,
      message: z.object({ content: z.string().nullish() }),
      logprobs: z.object({ content: z.array(z.object({ logprob: z.number() })).nullish() }).nullish(),
    }),
  ),
});

interface Choice {
  readonly index: number;
  readonly text: string;
  readonly reason: string | null;
  /** Of each sampled token; null: not given. */
  readonly logprobs: readonly (number | null)[] | null;
}

interface Choices {
  readonly choices: readonly Choice[];
  /** Of all answers together. */
  readonly tokens: number | null;
}

function checked<Content>(schema: z.ZodType<Content>, value: unknown): Content {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') || 'the whole';
  throw new ReplyFault(`it does not have the API's answers (${where})`);
}

function choicesOf(value: unknown, kind: SamplingRequest['input']['kind']): Choices {
  if (kind === 'text') {
    const { choices, usage: used } = checked(completionSchema, value);
    return {
      choices: choices.map(({ index, text, finish_reason: reason, logprobs }, i) => ({
        ...{ index: index ?? i, text, reason: reason ?? null },
        logprobs: logprobs?.token_logprobs ?? null,
      })),
      tokens: used?.completion_tokens ?? null,
    };
  }
  const { choices, usage: used } = checked(chatSchema, value);
  return {
    choices: choices.map(({ index, message, finish_reason: reason, logprobs }, i) => ({
      // A reasoning parser that finds no end of the thoughts leaves the answer null: there is none.
      ...{ index: index ?? i, text: message.content ?? '', reason: reason ?? null },
      logprobs: logprobs?.content?.map(({ logprob }) => logprob) ?? null,
    })),
    tokens: used?.completion_tokens ?? null,
  };
}

/** Ended by the server and not by the model: no answer. */
const brokenOff: ReadonlySet<string> = new Set(['abort', 'error']);
const stops: ReadonlyMap<string, boolean> = new Map([
  ['stop', true],
  ['tool_calls', true],
  ['length', false],
]);

/** Log-probabilities as they are, unless some are missing or none could be such. */
function logProbabilities(values: readonly (number | null)[]): Float32Array | null {
  if (values.length === 0) return null;
  return values.every((value) => value !== null && value < 0.01) ? Float32Array.from(values as number[]) : null;
}

/**
 * Reads the answers of a reply with status 200, in the order of their indexes; those that the server broke off are left out.
 *
 * @throws ReplyFault when it is no such reply
 */
export function readAnswers(text: string, { input, options }: SamplingRequest): Rollout[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ReplyFault('it is no JSON, or JSON that is cut off', { cause: error });
  }
  const { choices, tokens } = choicesOf(value, input.kind);
  // vLLM gives them of the model's own distribution, SGLang of the one that was drawn from: the same at temperature 1.
  const known = options.temperature === 1 && options.topP === 1;
  return choices
    .filter(({ reason }) => reason === null || !brokenOff.has(reason))
    .sort((one, other) => one.index - other.index)
    .map(({ text: answer, reason, logprobs }) => ({
      text: answer,
      tokens: logprobs?.length ? logprobs.length : choices.length === 1 ? tokens : null,
      stopped: reason === null ? null : (stops.get(reason) ?? null),
      logProbabilities: known && logprobs !== null ? logProbabilities(logprobs) : null,
      // No server gives it: the most likely tokens alone would give another number.
      entropies: null,
      reward: null,
    }));
}
