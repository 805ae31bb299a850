import { InputError, Interrupted, RunError } from '../../../errors.ts';

/* Fetches from the package feed, through the proxy that is set and over TLS alone. */

/** As much of a response as is used here; Node's, undici's and VS Code's all have it. */
export interface FeedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** A `fetch` that goes through the proxy the user has set. */
export type FeedFetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly redirect: 'manual' },
) => Promise<FeedResponse>;

/** Browsers follow twenty; feeds need one or two. */
const mostRedirects = 10;

/** Follows HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which Node 20's own `fetch` does not look at. */
export async function environmentFetch(): Promise<FeedFetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  let dispatcher: InstanceType<typeof EnvHttpProxyAgent>;
  try {
    dispatcher = new EnvHttpProxyAgent();
  } catch {
    // What is wrong is not repeated: it may hold a password.
    throw new InputError('HTTPS_PROXY or HTTP_PROXY is no address of a proxy: write for example http://proxy:8080.');
  }
  return (url, init) => fetch(url, { ...init, dispatcher });
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: string };
  if (cause instanceof Error) return cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name);
  return message ?? String(error);
}

/** An address without the user name and password that it may hold. */
function shownUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}

function isLocal(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
}

/**
 * Hash and package come over TLS, or never leave this machine.
 *
 * @param from where the address was found, if not given by the user: only a feed on this machine may name others on it, so
 *   that no server elsewhere has this program ask what runs here
 * @throws InputError for another address, and for one with a password, which `fetch` takes from nobody
 */
export function checkAddress(text: string, from: string = text): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new InputError(
      `The package feed's address "${shownUrl(text)}" was given with a user name or password, which are not used: install from a copy of the package (--from FILE).`,
    );
  }
  if (url?.protocol === 'https:' || (isLocal(text) && isLocal(from))) return;
  throw new InputError(
    `The package feed names "${shownUrl(text)}", which is no https address: nothing is fetched from it.`,
  );
}

/**
 * Asks for an address, and for those it is redirected to, each of which must be secure.
 *
 * @param from the feed that named the address, if it was not given by the user
 * @throws RunError when the server cannot be reached or refuses; InputError for an address without TLS; Interrupted on
 *   abort
 */
export async function request(
  fetch: FeedFetch,
  url: string,
  signal: AbortSignal,
  from: string = url,
): Promise<FeedResponse> {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    checkAddress(at, from);
    let response: FeedResponse;
    try {
      response = await fetch(at, { signal, redirect: 'manual' });
    } catch (error) {
      throw networkFault(error, at, signal);
    }
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null || !URL.canParse(location, at)) {
      if (response.ok) return response;
      throw new RunError(`${at} answered with HTTP status ${response.status}.`);
    }
    at = new URL(location, at).href;
  }
  throw new RunError(`${url} is redirected more than ${mostRedirects} times.`);
}

/** Far above what feeds answer with: the index has 20 kB, a package's entry in the catalog some hundred. */
const mostJsonBytes = 4e6;

/**
 * Asks as {@link request} for a JSON document. What is longer than any that a feed has is not read on.
 *
 * @returns undefined where the answer is no JSON
 * @throws as `request`, and RunError for an endless answer or a connection that breaks
 */
export async function requestJson(fetch: FeedFetch, url: string, signal: AbortSignal, from: string): Promise<unknown> {
  const { body } = await request(fetch, url, signal, from);
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    for await (const chunk of body ?? []) {
      received += chunk.length;
      if (received > mostJsonBytes) {
        throw new RunError(
          `${url} answers with more than ${mostJsonBytes / 1e6} MB, as no package feed does. Not read.`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof RunError ? error : networkFault(error, url, signal);
  }
  if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** A broken connection as a sentence. */
export function networkFault(error: unknown, url: string, signal: AbortSignal): Error {
  if (signal.aborted) return new Interrupted('Stopped; nothing was installed.');
  return new RunError(
    `Cannot reach ${new URL(url).host}: ${causeOf(error)}. Check the network and the proxy (HTTPS_PROXY), or install from a copy of the package (--from FILE).`,
    { cause: error },
  );
}
