import { InputError } from '../../../errors.ts';
import { shown } from '../../../files/reading/shown.ts';
import type { Rollout } from '../../../readiness/rollout.ts';
import type { Reply } from './exchange.ts';
import { namedModels, readModels, type ServedModel } from './modelList.ts';
import { type ConnectionOptions, PersistentConnection } from './persistentConnection.ts';
import { refusalOf, serverMessage } from './refusedReply.ts';
import { ReplyFault, readAnswers } from './samplingReply.ts';
import {
  extensionNames,
  type LeftOut,
  mostReplyBytes,
  resourceOf,
  type SamplingRequest,
  samplingBody,
} from './samplingRequest.ts';

/* Asks one server for answers: tries again what may go right, and says in a sentence what does not. */

/** The server does not give so many answers to one request. */
export class TooMany extends Error {}

/** Prompt and answer do not fit into the server's context; the server's words. */
export class TooLong extends Error {}

export interface ClientOptions extends ConnectionOptions {
  readonly model: string;
  onNote(note: string): void;
}

/** A list of models has some kB. */
const mostListBytes = 16e6;

export class EndpointClient {
  readonly #options: ClientOptions;
  readonly #connection: PersistentConnection;
  readonly #leftOut: LeftOut = { extensions: false, logprobs: false };
  readonly #said = new Set<string>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#connection = new PersistentConnection(options);
  }

  /** As `PersistentConnection`. */
  hasten(hasty: boolean): void {
    this.#connection.hasten(hasty);
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Looks the model up among those that are served.
   *
   * @returns undefined where the server has no such list
   * @throws InputError when the model is not among them or the key is refused; RunError when the server cannot be reached
   */
  async findModel(signal: AbortSignal): Promise<ServedModel | undefined> {
    const { model, address } = this.#options;
    const models = await this.#models(signal, 2);
    if (models === undefined) return undefined;
    const found = models.find(({ name }) => name === model);
    if (found !== undefined) return found;
    throw new InputError(`${address.origin} serves no model ${shown(model)}; it serves ${namedModels(models)}.`);
  }

  /**
   * Asks for answers to one prompt; there may be fewer than were asked for, and never more.
   *
   * @returns at least one
   * @throws TooMany, TooLong; InputError when the server refuses, RunError when it fails for good, Interrupted
   */
  async answers(request: SamplingRequest, signal: AbortSignal): Promise<readonly Rollout[]> {
    const { model, address } = this.#options;
    // Other requests may find out meanwhile what the server does not take.
    let sent: LeftOut = this.#leftOut;
    const answers = await this.#connection.ask({
      resource: resourceOf(request.input),
      body: () => {
        sent = { ...this.#leftOut };
        return samplingBody(model, request, sent);
      },
      maxBytes: mostReplyBytes(request.count, request.options.maxTokens),
      attempts: this.#options.patience.attempts,
      signal,
      read: (text) => {
        const found = readAnswers(text, request);
        if (found.length === 0) throw new ReplyFault('it has no answer');
        return found;
      },
      refused: (reply) => this.#refused(reply, request, sent, signal),
    });
    if (answers.length > request.count) {
      this.#note(`${address.origin} gives more answers than it is asked for; the first ones are taken.`);
    }
    return answers.slice(0, request.count);
  }

  #note(note: string): void {
    if (this.#said.has(note)) return;
    this.#said.add(note);
    this.#options.onNote(note);
  }

  async #models(signal: AbortSignal, attempts: number): Promise<ServedModel[] | undefined> {
    return this.#connection.ask({
      resource: 'models',
      ...{ maxBytes: mostListBytes, attempts, signal },
      read: readModels,
      refused: async () => ({ value: undefined }),
    });
  }

  /**
   * What follows from a status that does not pass by itself.
   *
   * @returns undefined: ask once more, otherwise
   */
  async #refused(reply: Reply, request: SamplingRequest, sent: LeftOut, signal: AbortSignal): Promise<undefined> {
    const { address, model } = this.#options;
    const message = serverMessage(reply, this.#options.key);
    const said = `(status ${reply.status}: ${message})`;
    const kind = reply.status === 413 ? 'tooLong' : refusalOf(message, request.count, sent);
    switch (kind) {
      case 'tooLong':
        throw new TooLong(message);
      case 'count':
        throw new TooMany(message);
      case 'extensions':
        this.#leftOut.extensions = true;
        this.#note(
          `${address.origin} does not take ${extensionNames.join(', ')}: should it set any of them by itself, answers are not drawn from the whole distribution.`,
        );
        return undefined;
      case 'logprobs':
        this.#leftOut.logprobs = true;
        this.#note(
          `${address.origin} gives no log-probabilities ${said}: lengths in tokens are not known where it gives several answers at once.`,
        );
        return undefined;
    }
    if (reply.status === 404 || kind === 'model') {
      const models = await this.#models(signal, 1).catch(() => undefined);
      if (models !== undefined && !models.some(({ name }) => name === model)) {
        throw new InputError(`${address.origin} serves no model ${shown(model)}; it serves ${namedModels(models)}.`);
      }
      throw new InputError(
        `${address.base}/${resourceOf(request.input)} is not there ${said}. Check the endpoint's address and the model's name.`,
      );
    }
    throw new InputError(`${address.origin} refuses the prompt in line ${request.line} ${said}.`);
  }
}
