import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { InputError, RunError } from '../../../errors.ts';
import { shown } from '../../../files/reading/shown.ts';
import { type ApiKey, defaultKeyVariable } from './apiKey.ts';
import type { EndpointAddress } from './endpointAddress.ts';
import { ConnectionFault, exchange, type Reply } from './exchange.ts';
import { backoffMs, type Patience, retryAfterMs } from './patience.ts';
import { serverMessage } from './refusedReply.ts';
import { ReplyFault } from './samplingReply.ts';

/* Requests that are tried again as long as there is hope, and end in a sentence where there is none. */

export interface ConnectionOptions {
  readonly address: EndpointAddress;
  readonly key: ApiKey | undefined;
  /** Connections at most. */
  readonly concurrency: number;
  /** For one request and its reply, milliseconds. */
  readonly timeoutMs: number;
  readonly patience: Patience;
}

/** One thing that is asked for. */
export interface Question<Content> {
  /** Below `/v1`. */
  readonly resource: string;
  /** JSON, made anew for each try; GET when left out. */
  readonly body?: () => string;
  readonly maxBytes: number;
  readonly attempts: number;
  readonly signal: AbortSignal;
  /** @throws ReplyFault when a reply with status 200 is none that can be used */
  read(text: string): Content;
  /** Hears a status that does not pass by itself. Gives a value in place of what is read; undefined: to be asked once more. */
  refused(reply: Reply): Promise<{ readonly value: Content } | undefined>;
}

/** May go right when tried again: the words for when it does not, and how long the server wants to be left alone. */
interface Passing {
  readonly words: string;
  readonly waitMs?: number | undefined;
  readonly timeout?: boolean;
}

/** A reply that is well, and no API's. */
const isWebPage = ({ status, contentType }: Reply) => status === 200 && /\bhtml\b/i.test(contentType);

/** @throws ReplyFault */
function readReply<Content>({ text, contentType }: Reply, { read }: Question<Content>): Content {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof ReplyFault) || contentType === '' || /\bjson\b/i.test(contentType)) throw error;
    throw new ReplyFault(`its content type is ${shown(contentType)}, not JSON`, { cause: error });
  }
}

/** Connections to one server. */
export class PersistentConnection {
  readonly #options: ConnectionOptions;
  readonly #agent: PlainAgent;
  /** When the server may be asked again, as performance.now() has it: one reply's wait holds for all requests. */
  #pausedUntil = 0;
  /** Aborted: nothing is tried again, since another request has failed for good. */
  #haste = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const connections = { keepAlive: true, maxSockets: options.concurrency };
    const secure = options.address.base.startsWith('https:');
    this.#agent = secure ? new SecureAgent(connections) : new PlainAgent(connections);
  }

  /** Once hasty, what is under way may end, and nothing is tried again. */
  hasten(hasty: boolean): void {
    if (hasty) this.#haste.abort();
    else if (this.#haste.signal.aborted) this.#haste = new AbortController();
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * @throws InputError when the server refuses, RunError when it fails for good, Interrupted, and what `refused` throws
   */
  async ask<Content>(question: Question<Content>): Promise<Content> {
    const { address, key, timeoutMs, patience } = this.#options;
    const { resource, body, maxBytes, attempts, signal } = question;
    let timeouts = 0;
    for (let tries = 1; ; ) {
      await this.#pause(signal);
      let passing: Passing;
      try {
        const reply = await exchange(`${address.base}/${resource}`, {
          ...{ agent: this.#agent, body: body?.(), timeoutMs, maxBytes, signal },
          authorization: key === undefined ? undefined : `Bearer ${key.value}`,
        });
        if (reply.status === 401 || reply.status === 403) throw this.#keyRefused(reply);
        if (isWebPage(reply)) throw this.#webPage(reply);
        if (reply.status === 200) return readReply(reply, question);
        const again = this.#passes(reply);
        if (again === undefined) {
          const instead = await question.refused(reply);
          if (instead !== undefined) return instead.value;
          continue;
        }
        passing = again;
      } catch (error) {
        passing = this.#passingFault(error);
      }
      if (passing.timeout) timeouts++;
      if (
        tries >= attempts ||
        timeouts >= patience.timeouts ||
        !(await this.#wait(passing.waitMs ?? 0, tries, signal))
      ) {
        throw new RunError(
          `${address.origin} ${passing.words}${tries > 1 ? `, ${tries} times in a row` : ''}. Check the server and its log.`,
        );
      }
      tries++;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const ms = this.#pausedUntil - performance.now();
    if (ms > 0) await this.#sleep(ms, signal);
  }

  /** Waits before a further try. @returns whether there is to be one */
  async #wait(least: number, tries: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#haste.signal.aborted) {
      await this.#sleep(Math.max(least, backoffMs(this.#options.patience, tries)), signal);
    }
    return !this.#haste.signal.aborted;
  }

  /** Ends early in haste. @throws Interrupted on abort */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const haste = this.#haste.signal;
    const either = AbortSignal.any([signal, haste]);
    try {
      await this.#options.patience.wait(ms, either);
    } catch (error) {
      if (signal.aborted || !haste.aborted) throw error;
    }
  }

  /** A status that may be another the next time. @throws RunError when the server wants to be left alone for too long */
  #passes(reply: Reply): Passing | undefined {
    const { status } = reply;
    if (![408, 409, 425, 429].includes(status) && status < 500) return undefined;
    const { address, key, patience } = this.#options;
    const message = serverMessage(reply, key);
    const words =
      status === 429 ? `is asked too often (status 429: ${message})` : `fails (status ${status}: ${message})`;
    const waitMs = retryAfterMs(reply.retryAfter);
    if (waitMs === undefined) return { words };
    if (waitMs > patience.longestRetryAfterMs) {
      throw new RunError(
        `${address.origin} ${words} and wants to be asked again in ${Math.round(waitMs / 60_000)} minutes only. Start again then.`,
      );
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + waitMs);
    return { words, waitMs };
  }

  /** @throws the error when trying again is of no use */
  #passingFault(error: unknown): Passing {
    const { address } = this.#options;
    if (error instanceof ReplyFault) return { words: `gives a reply that cannot be used: ${error.message}` };
    if (!(error instanceof ConnectionFault)) throw error;
    switch (error.kind) {
      case 'insecure':
      case 'large':
        throw new RunError(`${address.origin}: ${error.message}.`, { cause: error });
      case 'unreachable':
        return { words: `cannot be reached: ${error.message}` };
      case 'broken':
        return { words: `does not answer: ${error.message}` };
      case 'timeout':
        return { words: `does not answer: ${error.message} (--request-timeout)`, timeout: true };
    }
  }

  /** Something else answers there: a proxy's login, a wrong port. */
  #webPage(reply: Reply): InputError {
    const { address, key } = this.#options;
    return new InputError(
      `${address.base} answers with ${serverMessage(reply, key)}, and not as the API does. Check the endpoint's address, and what stands between.`,
    );
  }

  #keyRefused(reply: Reply): InputError {
    const { address, key } = this.#options;
    const said = `(status ${reply.status}: ${serverMessage(reply, key)})`;
    return new InputError(
      key === undefined
        ? `${address.origin} asks for an API key ${said}: set the environment variable ${defaultKeyVariable}.`
        : `${address.origin} refuses the API key in ${shown(key.variable)} ${said}.`,
    );
  }
}
