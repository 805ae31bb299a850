import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/*
 * A server that answers as vLLM documents for /v1/models, /v1/completions and /v1/chat/completions, on this machine. Each
 * answer names its seed, as vLLM counts them: that of the request and one more for each further answer. What happens in place
 * of an answer, a test says.
 */

/** The fields of a request that answers depend on. */
export interface Asked {
  readonly model: string;
  readonly prompt?: string;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly max_tokens: number;
  readonly stop?: readonly string[];
  readonly logprobs?: number | boolean;
  readonly top_logprobs?: number;
  readonly top_k?: number;
}

/** Answers a request otherwise; false: as usual. @param number 0-based, of the requests for answers */
export type Fault = (response: ServerResponse, number: number, asked: Asked) => boolean | undefined;

export interface ServerOptions {
  readonly fault?: Fault;
  readonly key?: string;
  /** Answers a request may ask for. */
  readonly mostAnswers?: number;
  readonly owner?: string;
  /** Answers none before so many have been asked for. */
  readonly gather?: number;
  readonly models?: (response: ServerResponse) => void;
  /** Changes the choices of a reply. */
  readonly choices?: (choices: readonly object[], asked: Asked) => readonly object[];
}

export const context = 64;

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  return true;
}

/** vLLM's refusals. */
export const sendError = (response: ServerResponse, status: number, message: string) =>
  sendJson(response, status, { error: { message, type: 'BadRequestError', param: null, code: status } });

/** The server's answer by a seed: a text, and its tokens' log-probabilities, the stop token's included. */
export const answerBy = (seed: number) => ({ text: `answer ${seed}`, logprobs: [-0.5, -0.25, -1 - (seed % 4)] });

function choice(index: number, { seed, prompt, logprobs, max_tokens: most }: Asked): object {
  const answer = answerBy(seed + index);
  const ending = { index, finish_reason: most < 3 ? 'length' : 'stop', stop_reason: null };
  const tokens = answer.logprobs.slice(0, most);
  if (prompt !== undefined) {
    const lists = {
      text_offset: tokens.map(() => 0),
      token_logprobs: tokens,
      tokens: tokens.map(() => 'x'),
      top_logprobs: [],
    };
    return { ...ending, text: answer.text, logprobs: logprobs === undefined ? null : lists };
  }
  const content = tokens.map((logprob) => ({ token: 'x', logprob, bytes: [120], top_logprobs: [] }));
  const message = { role: 'assistant', content: answer.text, refusal: null, tool_calls: [], reasoning: null };
  return { ...ending, message, logprobs: logprobs === true ? { content } : null };
}

export class LocalServer {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  /** Requests for answers under way, and the most that ever were. */
  #busy = 0;
  mostBusy = 0;

  private constructor(options: ServerOptions) {
    this.#server = createServer((request, response) => {
      response.on('error', () => undefined);
      void this.#answer(request, response, options).catch(() => response.destroy());
    });
  }

  static async start(options: ServerOptions = {}): Promise<LocalServer> {
    const server = new LocalServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
    const { key, owner = 'vllm', mostAnswers = 16_384, fault, models } = options;
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
      sendJson(response, 401, { error: `Unauthorized: ${request.headers.authorization}` });
      return;
    }
    if (request.url === '/v1/models') {
      const model = { id: 'made/model', object: 'model', owned_by: owner, root: 'made/model', max_model_len: context };
      if (models === undefined) sendJson(response, 200, { object: 'list', data: [model] });
      else models(response);
      return;
    }
    const isChat = request.url === '/v1/chat/completions';
    if (!isChat && request.url !== '/v1/completions') {
      sendJson(response, 404, { detail: 'Not Found' });
      return;
    }
    const asked = JSON.parse(await text(request)) as Asked;
    this.asked.push(asked);
    this.#busy++;
    this.mostBusy = Math.max(this.mostBusy, this.#busy);
    response.on('close', () => this.#busy--);
    if (this.asked.length < (options.gather ?? 0)) await new Promise<void>((go) => this.#waiting.push(go));
    for (const go of this.#waiting.splice(0)) go();
    if (fault?.(response, this.asked.length - 1, asked)) return;
    const words = isChat ? asked.messages!.map(({ content }) => content).join(' ') : asked.prompt!;
    if (asked.model !== 'made/model') sendError(response, 404, `The model \`${asked.model}\` does not exist.`);
    else if (asked.n > mostAnswers) sendError(response, 400, `n must be at most ${mostAnswers}, got ${asked.n}.`);
    else if (asked.temperature === 0 && asked.n > 1)
      sendError(response, 400, `n must be 1 when using greedy sampling, got ${asked.n}.`);
    else if (words.length + asked.max_tokens > context) {
      sendError(
        response,
        400,
        `This model's maximum context length is ${context} tokens. However, you requested more.`,
      );
    } else {
      const all = Array.from({ length: asked.n }, (_, index) => choice(index, asked));
      const choices = options.choices?.(all, asked) ?? all;
      sendJson(response, 200, {
        id: 'x',
        object: 'x',
        model: asked.model,
        choices,
        usage: { completion_tokens: 3 * asked.n },
      });
    }
  }
}
