import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { InputError, Interrupted, RunError } from '../../../errors.ts';
import { errorCode, readFault } from '../../../files/reading/fileFault.ts';
import type { FileIdentity } from '../../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { identifyInput } from '../../../files/reading/openInput.ts';
import { inputChunks } from '../../../files/reading/readInput.ts';
import { streamInto } from '../../../files/writing/diskOperations.ts';
import { writeFault } from '../../../files/writing/writeFault.ts';
import { type FeedFetch, networkFault, request } from './feedFetch.ts';
import type { FeedPackage } from './packageFeed.ts';

/* Fetches the package with the CUDA libraries and checks its hash, or checks a copy given by hand. */

/** SHA-512 as the feed writes it (base64) from base64 or the hexadecimal digits that `sha512sum` prints. */
export function parseSha512(text: string): string {
  const trimmed = text.trim();
  if (/^[0-9a-f]{128}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex').toString('base64');
  if (/^[A-Za-z0-9+/]{86}==$/.test(trimmed)) return trimmed;
  throw new InputError(`"${trimmed.slice(0, 140)}" is no SHA-512: give 128 hexadecimal digits, or base64.`);
}

/**
 * Fetches the package into `path`, which is checked byte for byte as it comes: one that is longer than announced is cut
 * off there.
 *
 * @param onBytes hears how many bytes have come
 * @throws RunError for a wrong size or hash, or a connection that breaks; InputError for a full disk; Interrupted on abort
 */
export async function fetchPackage(
  fetch: FeedFetch,
  { url, bytes, sha512 }: FeedPackage,
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { body } = await request(fetch, url, signal);
  if (body === null) throw new RunError(`${url} answered without content.`);
  const hash = createHash('sha512');
  let received = 0;
  async function* checked(source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      received += chunk.length;
      if (received > bytes) throw new RunError(`${url} is larger than the ${bytes} bytes its feed announces.`);
      hash.update(chunk);
      onBytes(received);
      yield chunk;
    }
  }
  try {
    await pipeline(body, checked, streamInto(path), { signal });
  } catch (error) {
    if (error instanceof RunError) throw error;
    // Of the two ends only the file is of the operating system's kind, with a path.
    if (!signal.aborted && (error as NodeJS.ErrnoException).syscall === 'write' && errorCode(error) !== 'EPIPE') {
      throw writeFault(error, path);
    }
    throw networkFault(error, url, signal);
  }
  if (received !== bytes) {
    throw new RunError(`${url} ended after ${received} of ${bytes} bytes. Try again.`);
  }
  if (hash.digest('base64') !== sha512) {
    throw new RunError(
      `${url} does not have the SHA-512 that its feed announces: it was changed on its way. Not used.`,
    );
  }
}

/**
 * Compares a package given by hand with a hash.
 *
 * @returns which file was hashed
 * @throws InputError when it cannot be read, is no regular file, or is another file; Interrupted on abort
 */
export async function checkPackage(path: string, sha512: string, signal: AbortSignal): Promise<FileIdentity> {
  const hash = createHash('sha512');
  const identity = await identifyInput(path, inputKinds.package);
  try {
    await pipeline(inputChunks(path, inputKinds.package, 1 << 20), hash, { signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
    throw readFault(error, path);
  }
  const found = hash.digest('base64');
  if (found !== sha512) {
    throw new InputError(`"${path}" has the SHA-512 ${found}, not ${sha512}: it is another file, or was changed.`);
  }
  return identity;
}
