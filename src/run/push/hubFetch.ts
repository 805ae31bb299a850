import { setTimeout } from 'node:timers/promises';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { shown, shownReason } from '../../files/reading/shown.ts';
import { isLocalAddress } from './hubAddress.ts';
import type { HubToken } from './hubToken.ts';
import { InputBlob } from './inputBlob.ts';

/*
 * The `fetch` by which everything is said to the Hub: the token goes to its own address alone, nothing is followed elsewhere, and what can
 * be asked again is, when a connection breaks or the server is not well.
 */

/** What both Node's, undici's and VS Code's do. */
export type PlainFetch = typeof fetch;

/** Waits between attempts, seconds. */
const waits = [0.5, 2, 8, 20] as const;
/** Shorter waits are not told, seconds. */
const shortWait = 1;
/** Servers may name their own; longer ones are not waited for. */
const longestWait = 60;
/** A page of a tree has some hundred kB. */
const mostAnswerBytes = 32e6;

export interface HubFetchOptions {
  /** As `hubAddress` gives it. */
  readonly address: string;
  readonly token: HubToken | undefined;
  readonly fetch: PlainFetch;
  readonly signal: AbortSignal;
  /** Hears of a file's bytes that were sent; negative when they are to be sent again. */
  onSent(path: string, bytes: number): void;
  /** Hears why a server is asked again, and when, before waits that a user would wonder about. */
  onWait?(text: string): void;
  /** How long a second is, milliseconds; shorter in tests. */
  readonly second?: number;
}

/** A server that could not be reached, or broke off: whether it did what it was asked is not known. */
export class Unreachable extends RunError {}

/** Follows HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which Node 20's own `fetch` does not look at. */
export async function environmentHubFetch(): Promise<PlainFetch> {
  const { EnvHttpProxyAgent, fetch: proxied } = await import('undici');
  let dispatcher: InstanceType<typeof EnvHttpProxyAgent>;
  try {
    dispatcher = new EnvHttpProxyAgent();
  } catch {
    // What is wrong is not repeated: it may hold a password.
    throw new InputError('HTTPS_PROXY or HTTP_PROXY is no address of a proxy: write for example http://proxy:8080.');
  }
  const send = proxied as unknown as (url: string, init: object) => Promise<Response>;
  return (input, init) => {
    const url = String(input);
    return send(url, isLocalAddress(new URL(url)) ? { ...init } : { ...init, dispatcher });
  };
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: string };
  if (cause instanceof Error) return cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name);
  return message ?? String(error);
}

function waitFor(attempt: number, response: Response | undefined): number {
  const named = Number(response?.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(named) && named >= 0 && named <= longestWait ? named : waits[attempt]!;
}

/** Whether asking twice is as good as asking once. A commit is not: whoever asks looks first whether it was made. */
function isRepeatable(url: URL, method: string): boolean {
  return !(method === 'POST' && /\/commit\/[^/]+$/.test(url.pathname));
}

/** An answer that ends with an error where it is longer than any of the Hub's. */
function bounded(response: Response): Response {
  const { body, status, headers, url } = response;
  if (body === null) return response;
  let received = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      received += chunk.length;
      if (received > mostAnswerBytes) {
        controller.error(
          new RunError(
            `${new URL(url).host} answers with more than ${mostAnswerBytes / 1e6} MB, as no Hub does. Not read.`,
          ),
        );
      } else controller.enqueue(chunk);
    },
  });
  // A Response that was made has no address of its own.
  return Object.defineProperty(
    new Response(body.pipeThrough(counted), { status, headers: new Headers([...headers]) }),
    'url',
    {
      value: url,
    },
  );
}

/**
 * @returns a `fetch` that throws RunError when a server cannot be reached, InputError for an address without TLS, Interrupted on abort
 */
export function hubFetch(options: HubFetchOptions): PlainFetch {
  const { address, token, signal, onSent, second = 1000 } = options;
  const own = new URL(address);

  function headersFor(url: URL, init: RequestInit | undefined): Headers {
    const headers = new Headers(init?.headers);
    headers.delete('authorization');
    if (url.origin === own.origin) {
      if (token !== undefined) headers.set('authorization', `Bearer ${token.value}`);
    } else if (url.protocol !== 'https:' && !(isLocalAddress(url) && isLocalAddress(own))) {
      throw new InputError(
        `${own.host} names ${shown(url.host)} to upload to, which is no https address: nothing is sent there.`,
      );
    }
    return headers;
  }

  async function pause(attempt: number, why: string, response?: Response): Promise<void> {
    await response?.body?.cancel().catch(() => undefined);
    const seconds = waitFor(attempt, response);
    if (seconds > shortWait) options.onWait?.(`${why}. Trying again in ${Math.round(seconds)} s.`);
    await setTimeout(seconds * second, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new Interrupted('Stopped.');
  }

  return async (input, init) => {
    const url = new URL(String(input));
    const headers = headersFor(url, init);
    const repeatable = isRepeatable(url, init?.method ?? 'GET');
    for (let attempt = 0; ; attempt++) {
      if (signal.aborted) throw new Interrupted('Stopped.');
      const last = !repeatable || attempt === waits.length;
      let sent = 0;
      const { body } = init ?? {};
      const heard =
        body instanceof InputBlob
          ? body.heard((bytes) => {
              sent += bytes;
              onSent(body.path, bytes);
            })
          : body;
      const again = () => {
        if (body instanceof InputBlob) onSent(body.path, -sent);
      };
      let response: Response;
      try {
        response = await options.fetch(url.href, {
          ...init,
          headers,
          // The Hub's client gives none where it lists files.
          signal: init?.signal ?? signal,
          ...(heard !== undefined && { body: heard }),
          redirect: 'manual',
        });
      } catch (error) {
        again();
        if (signal.aborted) throw new Interrupted('Stopped.');
        // Of a file that changed, say.
        const { cause } = error as { readonly cause?: unknown };
        for (const each of [error, cause]) if (each instanceof InputError || each instanceof RunError) throw each;
        if (init?.signal?.aborted) throw error;
        const why = `Cannot reach ${url.host}: ${shownReason(causeOf(error))}`;
        if (last) throw new Unreachable(`${why}. Check the network and the proxy (HTTPS_PROXY).`);
        await pause(attempt, why);
        continue;
      }
      if (response.status >= 300 && response.status < 400) {
        const place = response.headers.get('location') ?? '';
        throw new RunError(
          `${url.host} answers with a redirect to ${shown(place)}, which is not followed: was the repository renamed?`,
        );
      }
      if (last || (response.status < 500 && response.status !== 429)) return bounded(response);
      again();
      await pause(attempt, `${url.host} answers with status ${response.status}`, response);
    }
  };
}
