import assert from 'node:assert/strict';
import type { Prompt } from '../../../../../src/readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../../../../src/readiness/rollout.ts';
import { type EndpointOptions, EndpointSource } from '../../../../../src/run/readiness/endpoint/endpointSource.ts';
import { type Patience, usualPatience } from '../../../../../src/run/readiness/endpoint/patience.ts';
import { seedOf } from '../../../../../src/run/readiness/endpoint/samplingRequest.ts';
import type { SampleOptions } from '../../../../../src/run/readiness/rolloutSource.ts';
import { answerBy, LocalServer, type ServerOptions } from './localServer.ts';

/* A local server for each test, and a source that samples by it. */

export const prompts = (count: number, kind: 'text' | 'messages' = 'messages'): Prompt[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ index, line: index + 1, answer: null },
    input:
      kind === 'text'
        ? { kind, text: `prompt ${index}` }
        : { kind, messages: [{ role: 'user', content: `prompt ${index}` }] },
  }));

export const sampling: SampleOptions = {
  ...{ samples: 4, temperature: 1, topP: 1, maxTokens: 8, stop: [], seed: 7 },
  signal: new AbortController().signal,
};

/** The texts that the server gives to {@link prompts}. */
export const wanted = (count: number, samples = 4) =>
  Array.from({ length: count }, (_, prompt) =>
    Array.from({ length: samples }, (__, i) => answerBy(seedOf(7, prompt, i)).text),
  );

/** All that a source gives, by prompt, and what it ends with if that is an error. */
export async function all(source: EndpointSource, asked: readonly Prompt[], options: Partial<SampleOptions> = {}) {
  const found: PromptRollouts[] = [];
  let error: unknown;
  try {
    for await (const each of source.sample(asked, { ...sampling, ...options })) found.push(each);
  } catch (thrown) {
    error = thrown;
  } finally {
    await source.dispose();
  }
  found.sort((one, other) => one.prompt - other.prompt);
  return { found, error, texts: found.map(({ rollouts }) => rollouts.map(({ text }) => text)) };
}

/** Waits for nothing, and tells what it was to wait for. */
export const patience = (waits: number[] = []): Patience => ({
  ...usualPatience,
  async wait(ms: number) {
    waits.push(ms);
  },
});

/** A server that the tests of a suite start one after the other; it is stopped after each test. */
class MadeServer {
  notes: string[] = [];
  /** Waits that were asked for, milliseconds. */
  waits: number[] = [];
  #server: LocalServer | undefined;

  get server(): LocalServer {
    return this.#server ?? assert.fail('no server was started');
  }

  async start(options: ServerOptions = {}): Promise<LocalServer> {
    this.#server = await LocalServer.start(options);
    return this.#server;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** A source that samples by the server, which is started unless it is there. */
  async open(
    made: ServerOptions = {},
    chosen: Partial<EndpointOptions> = {},
    environment: NodeJS.ProcessEnv = {},
  ): Promise<EndpointSource> {
    const { origin } = this.#server ?? (await this.start(made));
    const options = {
      endpoint: origin,
      model: 'made/model',
      concurrency: 3,
      answersPerRequest: 16,
      timeoutSeconds: 60,
    };
    const { signal } = new AbortController();
    const onNote = (note: string) => this.notes.push(note);
    return EndpointSource.open({ ...options, ...chosen }, onNote, signal, patience(this.waits), environment);
  }
}

/** Called in a suite. */
export function usingServer(): MadeServer {
  const made = new MadeServer();
  beforeEach(() => {
    made.notes = [];
    made.waits = [];
  });
  afterEach(() => made.stop());
  return made;
}
