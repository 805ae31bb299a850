import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Interrupted } from '../../errors.ts';
import { readFault } from './fileFault.ts';
import { ChangedInput, type FileIdentity, isSame } from './fileIdentity.ts';
import type { InputKind } from './inputKind.ts';
import { identityOfHandle, openInput } from './openInput.ts';
import { readAt } from './readAt.ts';

/** What was read of a file, and of which. */
export interface ReadInput {
  readonly bytes: Uint8Array;
  readonly identity: FileIdentity;
}

/**
 * Opens an input, works on it, and closes it.
 *
 * @throws InputError when it cannot be opened or read, is no regular file or too large
 * @throws ChangedInput when it was written to meanwhile
 */
export async function withInput<Result>(
  path: string,
  kind: InputKind,
  work: (handle: FileHandle, identity: FileIdentity) => Promise<Result>,
): Promise<Result> {
  const { handle, identity } = await openInput(path, kind);
  try {
    const result = await work(handle, identity);
    if (!isSame(await identityOfHandle(handle), identity)) throw new ChangedInput(path, 'while it was read');
    return result;
  } catch (error) {
    throw readFault(error, path);
  } finally {
    await handle.close();
  }
}

/** Reads a whole input into memory. @throws InputError, ChangedInput as {@link withInput} */
export function readInput(path: string, kind: InputKind): Promise<ReadInput> {
  return withInput(path, kind, async (handle, identity) => {
    const bytes = await readAt(handle, 0, identity.bytes);
    if (bytes.length < identity.bytes) throw new ChangedInput(path, 'while it was read');
    return { bytes, identity };
  });
}

/**
 * An input in chunks, as far as it reached when it was opened.
 *
 * @throws InputError, ChangedInput as {@link withInput}
 */
export async function* inputChunks(
  path: string,
  kind: InputKind,
  chunkBytes: number,
): AsyncGenerator<Buffer, FileIdentity> {
  const { handle, identity } = await openInput(path, kind);
  try {
    let done = 0;
    if (identity.bytes > 0) {
      // A stream reads ahead while its last chunk is worked on.
      const stream = handle.createReadStream({
        start: 0,
        end: identity.bytes - 1,
        highWaterMark: chunkBytes,
        autoClose: false,
      });
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        done += chunk.length;
        yield chunk;
      }
    }
    if (done < identity.bytes || !isSame(await identityOfHandle(handle), identity)) {
      throw new ChangedInput(path, 'while it was read');
    }
    return identity;
  } catch (error) {
    throw readFault(error, path);
  } finally {
    await handle.close();
  }
}

/** A file's hash, and which file it is of. */
export interface HashedInput {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly identity: FileIdentity;
}

/**
 * SHA-256 of an input. Streams in chunks of 1 MiB: 0.5 s of CPU per GB.
 *
 * @param onBytes hears how many more bytes were hashed
 * @throws InputError, ChangedInput as {@link withInput}
 * @throws Interrupted on abort
 */
export async function hashInput(
  path: string,
  kind: InputKind,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<HashedInput> {
  const hash = createHash('sha256');
  const chunks = inputChunks(path, kind, 1 << 20);
  try {
    for (;;) {
      const { value, done } = await chunks.next();
      if (done === true) return { sha256: hash.digest('hex'), identity: value };
      if (signal?.aborted) throw new Interrupted('Stopped.');
      hash.update(value);
      onBytes?.(value.length);
    }
  } finally {
    await chunks.return(undefined as never);
  }
}
