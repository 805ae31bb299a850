import type { InspectorRequest, InspectorResults } from '../../../src/protocol/inspector.ts';
import type { Host } from './host.ts';

/* What the host has answered about single neurons and tokens, or why it could not. */

/** Requests about one neuron or one token. */
type Asked = 'neuron' | 'neuronDrift' | 'neuronTokens' | 'target' | 'explain';

/** An answer that is on the way, has come, or cannot. */
export type Answer<Value> =
  | { readonly state: 'waiting' }
  | { readonly state: 'here'; readonly value: Value }
  | { readonly state: 'failed'; readonly reason: string };

const waiting = { state: 'waiting' } as const;
/** Answers kept at hand. */
const keptAnswers = 64;

/** Asks once for each thing, and keeps what comes of it: a view draws the answer as it stands, and again when it comes. */
export class Answers {
  readonly #host: Host;
  readonly #arrived: () => void;
  readonly #known = new Map<string, Answer<unknown>>();

  /** @param arrived called whenever an answer has come */
  constructor(host: Host, arrived: () => void) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** The answer as far as it is known, without asking. */
  known<Name extends Asked>(
    request: Extract<InspectorRequest, { name: Name }>,
  ): Answer<InspectorResults[Name]> | undefined {
    return this.#known.get(JSON.stringify(request)) as Answer<InspectorResults[Name]> | undefined;
  }

  /** The answer, which is asked for the first time, and again where it failed and `again` says so. */
  of<Name extends Asked>(
    request: Extract<InspectorRequest, { name: Name }>,
    again = false,
  ): Answer<InspectorResults[Name]> {
    const known = this.known<Name>(request);
    if (known !== undefined && !(again && known.state === 'failed')) return known;
    const key = JSON.stringify(request);
    const oldest = this.#known.size < keptAnswers ? undefined : this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, waiting);
    this.#host.request<Name>(request as Parameters<typeof Host.prototype.request<Name>>[0]).then(
      (value) => this.#keep(key, { state: 'here', value }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#keep(key, { state: 'failed', reason });
      },
    );
    return waiting;
  }

  /** Lets go of what failed, so that it is asked for again: a question that another one overtook did. */
  forgetFailed<Name extends Asked>(request: Extract<InspectorRequest, { name: Name }>): void {
    if (this.known<Name>(request)?.state === 'failed') this.#known.delete(JSON.stringify(request));
  }

  #keep(key: string, answer: Answer<unknown>): void {
    if (!this.#known.has(key)) return;
    this.#known.set(key, answer);
    this.#arrived();
  }
}
