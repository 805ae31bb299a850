import { InputError, Interrupted, RunError } from '../../../errors.ts';

/* Fetches from the package feed, through the proxy that is set and over TLS alone. */

/** As much of a response as is used here; Node's, undici's and VS Code's all have it. */
export interface FeedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
  json(): Promise<unknown>;
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

/**
 * Hash and package come over TLS, or never leave this machine.
 *
 * @throws InputError for another address, and for one with a password, which `fetch` takes from nobody
 */
export function checkAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new InputError(
      `The package feed's address "${shownUrl(text)}" was given with a user name or password, which are not used: install from a copy of the package (--from FILE).`,
    );
  }
  const local = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url?.protocol === 'https:' || local) return;
  throw new InputError(
    `The package feed names "${shownUrl(text)}", which is no https address: nothing is fetched from it.`,
  );
}

/**
 * Asks for an address, and for those it is redirected to, each of which must be secure.
 *
 * @throws RunError when the server cannot be reached or refuses; InputError for an address without TLS; Interrupted on
 *   abort
 */
export async function request(fetch: FeedFetch, url: string, signal: AbortSignal): Promise<FeedResponse> {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    checkAddress(at);
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

/** A broken connection as a sentence. */
export function networkFault(error: unknown, url: string, signal: AbortSignal): Error {
  if (signal.aborted) return new Interrupted('Stopped; nothing was installed.');
  return new RunError(
    `Cannot reach ${new URL(url).host}: ${causeOf(error)}. Check the network and the proxy (HTTPS_PROXY), or install from a copy of the package (--from FILE).`,
    { cause: error },
  );
}
