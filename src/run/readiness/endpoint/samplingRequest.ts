import type { PromptInput } from '../../../readiness/prompts/prompt.ts';
import type { SampleOptions } from '../rolloutSource.ts';

/* What is asked of a server, in the fields that vLLM and SGLang document for /v1/completions and /v1/chat/completions. */

/** What a server turned out not to take. */
export interface LeftOut {
  /**
   * Fields that OpenAI's API has not. Without them vLLM samples by the model's `generation_config.json`, whose top_k and
   * penalties would make another distribution than the one that is asked about.
   */
  extensions: boolean;
  logprobs: boolean;
}

export const extensionNames = ['top_k', 'min_p', 'repetition_penalty'] as const;

/** One request: some of the answers to one prompt. */
export interface SamplingRequest {
  readonly input: PromptInput;
  /** Where the prompt stands in its file, from 1; for messages. */
  readonly line: number;
  readonly options: Pick<SampleOptions, 'temperature' | 'topP' | 'maxTokens' | 'stop'>;
  /** How many answers. */
  readonly count: number;
  /** Of the first answer; vLLM gives each further one the next. */
  readonly seed: number;
}

/** The resource below `/v1`. */
export function resourceOf(input: PromptInput): string {
  return input.kind === 'text' ? 'completions' : 'chat/completions';
}

/** The body of the request, JSON. */
export function samplingBody(
  model: string,
  { input, options, count, seed }: SamplingRequest,
  leftOut: LeftOut,
): string {
  const isText = input.kind === 'text';
  return JSON.stringify({
    model,
    ...(isText ? { prompt: input.text } : { messages: input.messages.map(({ role, content }) => ({ role, content })) }),
    n: count,
    temperature: options.temperature,
    top_p: options.topP,
    max_tokens: options.maxTokens,
    seed,
    stream: false,
    ...(options.stop.length === 0 ? {} : { stop: options.stop }),
    // The sampled token's alone: they tell how many tokens an answer has.
    ...(leftOut.logprobs ? {} : isText ? { logprobs: 0 } : { logprobs: true, top_logprobs: 0 }),
    ...(leftOut.extensions ? {} : { top_k: -1, min_p: 0, repetition_penalty: 1 }),
  });
}

/** Seeds of different prompts and answers differ; a server may take no more than 31 bits. */
export function seedOf(seed: number, prompt: number, answer: number): number {
  return ((seed % 2 ** 31) + ((prompt * 65_536) % 2 ** 31) + answer) % 2 ** 31;
}

/** More than a reply with so many answers can have: of each token its text, bytes and log-probability. */
export function mostReplyBytes(count: number, maxTokens: number): number {
  return Math.min(4e6 + count * maxTokens * 1024, 400e6);
}
