import { setMaxListeners } from 'node:events';
import { InputError, Interrupted, RunError } from '../../../errors.ts';
import { shown, shownCount } from '../../../files/reading/shown.ts';
import type { Prompt } from '../../../readiness/prompts/prompt.ts';
import type { PromptRollouts, Rollout } from '../../../readiness/rollout.ts';
import type { RolloutSource, SampleOptions } from '../rolloutSource.ts';
import { readApiKey } from './apiKey.ts';
import { endpointAddress } from './endpointAddress.ts';
import { EndpointClient, TooLong, TooMany } from './endpointClient.ts';
import type { ServedModel } from './modelList.ts';
import { type Patience, usualPatience } from './patience.ts';
import { seedOf } from './samplingRequest.ts';
import { Slots } from './slots.ts';

/* A server that others run as a source of rollouts: prompts go out, some at a time, and whole sets of answers come back. */

export interface EndpointOptions {
  /** As the user gives it. */
  readonly endpoint: string;
  readonly model: string;
  /** Environment variable with the API key; OPENAI_API_KEY, where that is set, when left out. */
  readonly keyVariable?: string | undefined;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Answers that one request asks for at most. */
  readonly answersPerRequest: number;
  /** For one request, seconds. */
  readonly timeoutSeconds: number;
}

export const endpointDefaults = { concurrency: 16, answersPerRequest: 16, timeoutSeconds: 1800 } as const;

interface Range {
  readonly first: number;
  readonly count: number;
}

export class EndpointSource implements RolloutSource {
  readonly identity: Readonly<Record<string, unknown>>;
  readonly described: string;
  readonly #client: EndpointClient;
  readonly #origin: string;
  readonly #served: ServedModel | undefined;
  readonly #concurrency: number;
  readonly #onNote: (note: string) => void;
  #perRequest: number;

  private constructor(
    identity: Readonly<Record<string, unknown>>,
    client: EndpointClient,
    origin: string,
    served: ServedModel | undefined,
    options: EndpointOptions,
    onNote: (note: string) => void,
  ) {
    this.identity = identity;
    this.described = `${origin}, model ${shown(options.model)}`;
    this.#client = client;
    this.#origin = origin;
    this.#served = served;
    this.#concurrency = options.concurrency;
    this.#onNote = onNote;
    // SGLang draws all answers of a request by the one seed, so each has a request of its own.
    this.#perRequest = served?.server === 'sglang' ? 1 : options.answersPerRequest;
  }

  /**
   * Checks the address, the key and the model. No prompt is sent yet.
   *
   * @param onNote hears first to which host prompts will be sent
   * @throws InputError when something of them cannot be, RunError when the server cannot be reached, Interrupted
   */
  static async open(
    options: EndpointOptions,
    onNote: (note: string) => void,
    signal: AbortSignal,
    patience: Patience = usualPatience,
    environment: NodeJS.ProcessEnv = process.env,
  ): Promise<EndpointSource> {
    const address = endpointAddress(options.endpoint);
    const key = readApiKey(options.keyVariable, environment);
    const withKey = key === undefined ? 'without an API key' : `with the API key in ${shown(key.variable)}`;
    const open = address.open ? ', unencrypted' : '';
    onNote(`Prompts are sent to ${address.origin} ${withKey}${open}; model ${shown(options.model)}.`);
    const { concurrency, timeoutSeconds, model } = options;
    const client = new EndpointClient({
      ...{ address, key, model, concurrency, patience, onNote },
      timeoutMs: timeoutSeconds * 1000,
    });
    try {
      const served = await client.findModel(signal);
      if (served === undefined)
        onNote(`${address.origin} does not say which models it serves; ${shown(model)} is taken as it is.`);
      return new EndpointSource({ endpoint: address.base, model }, client, address.origin, served, options, onNote);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  async *sample(prompts: readonly Prompt[], options: SampleOptions): AsyncGenerator<PromptRollouts> {
    this.#checkContext(options);
    this.#client.hasten(false);
    // The server's words, by the prompt's line: all of them are found before anything is said.
    const tooLong = new Map<number, string>();
    // Also ends what is under way when nobody listens any more.
    const ending = new AbortController();
    const signal = AbortSignal.any([options.signal, ending.signal]);
    // Every request under way listens.
    setMaxListeners(0, signal);
    const slots = new Slots(this.#concurrency);
    const done: PromptRollouts[] = [];
    let failure: unknown;
    let next = 0;
    let given = 0;
    let wake = () => {};
    const worker = async () => {
      while (failure === undefined && next < prompts.length) {
        const prompt = prompts[next++]!;
        try {
          done.push(await this.#collect(prompt, options, slots, signal, () => failure));
        } catch (error) {
          if (error instanceof TooLong) tooLong.set(prompt.line, error.message);
          else {
            failure ??= error;
            this.#client.hasten(true);
          }
        }
        wake();
      }
    };
    const workers = Array.from({ length: Math.min(this.#concurrency, prompts.length) }, worker);
    let working = true;
    const all = Promise.all(workers).then(() => {
      working = false;
      wake();
    });
    try {
      while (working || done.length > 0) {
        for (let ready = done.shift(); ready !== undefined; ready = done.shift()) {
          given++;
          yield ready;
        }
        if (working && done.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      if (tooLong.size > 0) failure ??= notFitting(tooLong, this.#origin);
      if (failure !== undefined) throw withGiven(failure, given, prompts.length);
    } finally {
      ending.abort();
      await all;
    }
  }

  async dispose(): Promise<void> {
    this.#client.close();
  }

  /** @throws InputError when no prompt can fit */
  #checkContext({ maxTokens }: SampleOptions): void {
    const context = this.#served?.context ?? null;
    if (context === null || maxTokens < context) return;
    throw new InputError(
      `${this.#origin} serves ${shown(this.#served!.name)} with a context of ${shownCount(context, 'token')}: answers of up to ${shownCount(maxTokens, 'token')} leave no room for a prompt.`,
    );
  }

  /** All answers to one prompt. @throws TooLong when it does not fit into the server's context, and what the client throws */
  async #collect(
    prompt: Prompt,
    options: SampleOptions,
    slots: Slots,
    signal: AbortSignal,
    failure: () => unknown,
  ): Promise<PromptRollouts> {
    const answers = new Array<Rollout | undefined>(options.samples).fill(undefined);
    let open: Range[] = [{ first: 0, count: options.samples }];
    while (open.length > 0) {
      const missing: Range[] = [];
      const pieces = open.flatMap((range) => this.#split(range, options));
      const settled = await Promise.allSettled(
        pieces.map((piece) =>
          slots.use(async () => {
            // Nothing new is begun once something failed for good.
            if (failure() !== undefined) throw failure();
            const got = await this.#ask(prompt, piece, options, signal);
            for (const [i, answer] of got.entries()) answers[piece.first + i] = answer;
            for (let i = 0; i < got.length; i++) options.onAnswer?.();
            const rest = { first: piece.first + got.length, count: piece.count - got.length };
            if (rest.count > 0) missing.push(rest);
          }),
        ),
      );
      const failed = settled.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      open = missing.sort((one, other) => one.first - other.first);
    }
    return { prompt: prompt.index, rollouts: answers.filter((answer) => answer !== undefined) };
  }

  /** What one request asks for; vLLM gives no more than one greedy answer. */
  #split({ first, count }: Range, { temperature }: SampleOptions): Range[] {
    const most = temperature === 0 ? 1 : this.#perRequest;
    return Array.from({ length: Math.ceil(count / most) }, (_, i) => ({
      first: first + i * most,
      count: Math.min(most, count - i * most),
    }));
  }

  /** Answers from the first of a piece on; none when the piece has to be cut smaller. */
  async #ask(
    prompt: Prompt,
    { first, count }: Range,
    options: SampleOptions,
    signal: AbortSignal,
  ): Promise<readonly Rollout[]> {
    const seed = seedOf(options.seed, prompt.index, first);
    let got: readonly Rollout[];
    try {
      got = await this.#client.answers({ input: prompt.input, line: prompt.line, options, count, seed }, signal);
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      this.#lower(Math.floor(count / 2));
      return [];
    }
    if (got.length < count) {
      this.#onFewer(got.length, count);
      this.#lower(got.length);
    }
    return got;
  }

  #lower(most: number): void {
    this.#perRequest = Math.max(1, Math.min(this.#perRequest, most));
  }

  #saidFewer = false;

  #onFewer(got: number, asked: number): void {
    if (this.#saidFewer) return;
    this.#saidFewer = true;
    this.#onNote(
      `${this.#origin} gave ${shownCount(got, 'answer')} where ${asked} were asked for; it is asked for the rest, ${got} at a time.`,
    );
  }
}

/** Lines that are named. */
const mostLines = 8;

function notFitting(tooLong: ReadonlyMap<number, string>, origin: string): InputError {
  const lines = [...tooLong.keys()].sort((one, other) => one - other);
  const named = lines.slice(0, mostLines).join(', ') + (lines.length > mostLines ? ' …' : '');
  return new InputError(
    `${shownCount(lines.length, 'prompt')} (line ${named}) do not fit into the context of ${origin}: leave them out, ask for shorter answers, or serve the model with a longer context. It says: ${tooLong.get(lines[0]!)!}`,
  );
}

/** The failure, with what there is in spite of it. */
function withGiven(failure: unknown, given: number, prompts: number): unknown {
  if (failure instanceof Interrupted)
    return new Interrupted(`Stopped after ${given} of ${shownCount(prompts, 'prompt')}.`);
  if (!(failure instanceof Error)) return failure;
  const kept = `${failure.message} ${given} of ${shownCount(prompts, 'prompt')} have all their answers, and these are kept.`;
  if (failure instanceof InputError) return new InputError(kept, { cause: failure });
  return failure instanceof RunError ? new RunError(kept, { cause: failure }) : failure;
}
