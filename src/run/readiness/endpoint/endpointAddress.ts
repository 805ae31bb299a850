import { InputError } from '../../../errors.ts';
import { shown } from '../../../files/reading/shown.ts';

/* The address of a server as a user gives it, and the resources below it. */

/** Where a server of the OpenAI-compatible API answers. */
export interface EndpointAddress {
  /** Without a slash at the end: `http://localhost:8000/v1`. */
  readonly base: string;
  /** As it is named in messages: `http://localhost:8000`. */
  readonly origin: string;
  /** What is sent can be read on the way: no TLS, and not to this machine. */
  readonly open: boolean;
}

const local = new Set(['localhost', '127.0.0.1', '[::1]']);

function refusal(text: string, why: string): InputError {
  return new InputError(
    `The endpoint ${shown(text)} ${why}. Give the address that the server prints, for example http://localhost:8000/v1.`,
  );
}

/**
 * @param text with or without `/v1`, or a resource below it as curl is given it
 * @throws InputError when it is no http or https address, or holds a password or a query, which would be shown and kept
 */
export function endpointAddress(text: string): EndpointAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refusal(text, 'is no address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refusal(text, 'is no http or https address');
  // The address is not repeated: it may hold a key.
  if (url.username !== '' || url.password !== '') {
    throw new InputError(
      'The endpoint holds a user name or password. Give a key in the environment instead (OPENAI_API_KEY).',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new InputError(
      'The endpoint goes on with "?" or "#" after its path. Give it without; a key goes into the environment.',
    );
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(?:chat\/completions|completions|models)$/, '');
  return {
    base: `${url.origin}${/\/v\d+$/.test(path) ? path : `${path}/v1`}`,
    origin: url.origin,
    open: url.protocol === 'http:' && !local.has(url.hostname),
  };
}
