import { parseHubId } from '../../checkpoint/folder/hubId.ts';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';

/* Where the Hub answers, and what a repository there may be called. */

const usual = 'https://huggingface.co';
const local = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address never leaves this machine. */
export function isLocalAddress({ hostname }: URL): boolean {
  return local.has(hostname);
}

/**
 * The Hub's address without a slash at the end: `HF_ENDPOINT` where it is set.
 *
 * @throws InputError for what is no https address, and none of this machine: the token would be read on the way
 */
export function hubAddress(environment: NodeJS.ProcessEnv = process.env): string {
  const text = environment['HF_ENDPOINT']?.trim() || usual;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The address is not repeated where it may hold a password.
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new InputError('HF_ENDPOINT holds a user name or password: give the token in HF_TOKEN instead.');
  }
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocalAddress(url));
  if (url === undefined || !safe || url.search !== '' || url.hash !== '') {
    throw new InputError(`HF_ENDPOINT is ${shown(text)}, which is no https address: write for example ${usual}.`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** @throws InputError for what is not `ORG/NAME` by the Hub's rules */
export function repositoryId(text: string): string {
  const found = parseHubId(text);
  if (found !== undefined && found.revision === undefined) return found.id;
  throw new InputError(
    `${shown(text)} is no repository of the Hub: write ORG/NAME or USER/NAME, of letters, digits, ".", "_" and "-", at most 96 of them.`,
  );
}
