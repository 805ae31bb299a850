import { Interrupted, RunError } from '../errors.ts';

/** As much of a response as is used here; Node's, undici's and VS Code's all have it. */
export interface FeedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
  json(): Promise<unknown>;
}

/** A `fetch` that goes through the proxy the user has set. */
export type FeedFetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<FeedResponse>;

/** Follows HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which Node 20's own `fetch` does not look at. */
export async function environmentFetch(): Promise<FeedFetch> {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent();
  return (url, { signal }) => fetch(url, { signal, dispatcher });
}

function causeOf(error: unknown): string {
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: string };
  if (cause instanceof Error) return cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name);
  return message ?? String(error);
}

/**
 * @throws RunError when the server cannot be reached or refuses; Interrupted on abort
 */
export async function request(fetch: FeedFetch, url: string, signal: AbortSignal): Promise<FeedResponse> {
  let response: FeedResponse;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    throw networkFault(error, url, signal);
  }
  if (!response.ok) throw new RunError(`${url} answered with HTTP status ${response.status}.`);
  return response;
}

/** A broken connection as a sentence. */
export function networkFault(error: unknown, url: string, signal: AbortSignal): Error {
  if (signal.aborted) return new Interrupted('Stopped; nothing was installed.');
  return new RunError(
    `Cannot reach ${new URL(url).host}: ${causeOf(error)}. Check the network and the proxy (HTTPS_PROXY), or install from a copy of the package (--from FILE).`,
    { cause: error },
  );
}
