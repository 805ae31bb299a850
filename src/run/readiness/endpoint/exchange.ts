import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { InputError, Interrupted } from '../../../errors.ts';
import { errorCode } from '../../../files/reading/fileFault.ts';
import { shown, shownReason } from '../../../files/reading/shown.ts';

/*
 * One request to a server and its whole reply, bounded in time and size. Node's own `fetch` is not used: it gives up on
 * headers that come after five minutes, and a server that samples long answers sends its headers last.
 */

/** More than any server needs that means the same place. */
const mostRedirects = 3;

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** Header `Retry-After`. */
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** What went wrong on the way, as a clause; whether it may go right when tried again. */
export class ConnectionFault extends Error {
  readonly kind: 'unreachable' | 'broken' | 'timeout' | 'large' | 'insecure';

  constructor(kind: ConnectionFault['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

export interface ExchangeOptions {
  /** Kept-open connections; of the address's protocol. */
  readonly agent: Agent;
  /** Sent as JSON by POST; GET when left out. */
  readonly body?: string | undefined;
  /** Header `Authorization`; never sent to another origin than that of the address. */
  readonly authorization: string | undefined;
  /** For everything from the connection to the last byte, milliseconds. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

function connectionFault(error: unknown): ConnectionFault {
  const code = errorCode(error) ?? '';
  const words = error instanceof Error && error.message !== '' ? shownReason(error.message) : code;
  if (code === 'ECONNREFUSED') return new ConnectionFault('unreachable', 'the connection is refused', error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new ConnectionFault('unreachable', 'no machine of that name is known', error);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|EPROTO|ERR_SSL/.test(code)) {
    return new ConnectionFault('insecure', `the secure connection fails (${words})`, error);
  }
  if (/UNREACH|ETIMEDOUT|ENETDOWN|EHOSTDOWN/.test(code)) return new ConnectionFault('unreachable', words, error);
  return new ConnectionFault('broken', `the connection broke off (${words})`, error);
}

function receive(response: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBytes) {
        const most = Math.round(maxBytes / 1e6);
        response.destroy(
          new ConnectionFault('large', `the reply goes on beyond ${most} MB, more than what was asked for has`),
        );
      } else chunks.push(chunk);
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    response.on('error', reject);
    response.on('close', () =>
      reject(new ConnectionFault('broken', 'the connection broke off in the middle of the reply')),
    );
  });
}

/**
 * Sends a request and reads the reply. A redirect is followed on the same origin alone.
 *
 * @throws ConnectionFault when there is no whole reply; InputError for a redirect to another origin, to which nothing is
 *   sent; Interrupted on abort
 */
export async function exchange(address: string, options: ExchangeOptions): Promise<Reply> {
  let url = new URL(address);
  for (let redirects = 0; ; redirects++) {
    const { response, reply } = await once(url, options);
    const location = response.headers.location;
    if (!isRedirect(reply.status) || location === undefined || !URL.canParse(location, url.href)) return reply;
    const next = new URL(location, url);
    if (next.origin !== url.origin) {
      throw new InputError(
        `${url.origin} redirects to ${shown(next.origin)}. Nothing was sent there: give that address as the endpoint if it is meant.`,
      );
    }
    if (redirects === mostRedirects) {
      throw new InputError(`${url.origin} redirects more than ${mostRedirects} times: check the endpoint's address.`);
    }
    url = next;
  }
}

async function once(
  url: URL,
  { agent, body, authorization, timeoutMs, maxBytes, signal }: ExchangeOptions,
): Promise<{ response: IncomingMessage; reply: Reply }> {
  if (signal.aborted) throw new Interrupted('Stopped.');
  const headers: Record<string, string | number> = { accept: 'application/json' };
  if (authorization !== undefined) headers['authorization'] = authorization;
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(body);
  }
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, { agent, method: body === undefined ? 'GET' : 'POST', headers });
  const seconds = Number((timeoutMs / 1000).toPrecision(3));
  const timer = setTimeout(
    () => request.destroy(new ConnectionFault('timeout', `no whole reply came within ${seconds} seconds`)),
    timeoutMs,
  );
  const stop = () => request.destroy(new Interrupted('Stopped.'));
  signal.addEventListener('abort', stop, { once: true });
  // What ends the request may reach the response in other words, so it is kept here.
  let ended: unknown;
  request.on('error', (error) => {
    ended ??= error;
  });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
    const text = await receive(response, maxBytes);
    const reply = {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      retryAfter: response.headers['retry-after'],
      text,
    };
    return { response, reply };
  } catch (error) {
    request.destroy();
    if (signal.aborted) throw new Interrupted('Stopped.');
    for (const each of [ended, error]) if (each instanceof ConnectionFault) throw each;
    throw connectionFault(ended ?? error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
