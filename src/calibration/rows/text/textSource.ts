import { createGunzip } from 'node:zlib';
import { InputError } from '../../../errors.ts';
import type { InputFile } from '../../../files/reading/inputFile.ts';
import { quotedPath } from '../../../files/reading/shown.ts';

/* The bytes of a text file as UTF-8, whatever they are on the disk: as they are, compressed by gzip, or UTF-16. */

/** Read at a time. */
const chunkBytes = 2 ** 20;

/** A file as UTF-8. */
export interface TextSource {
  /** From the beginning. A chunk is only good until the next is asked for. @param onBytes hears how much of the file is done */
  chunks(onBytes?: (done: number) => void): AsyncGenerator<Buffer>;
  /** Some of it, where that needs no reading from the beginning. */
  readonly at: ((start: number, bytes: number) => Buffer) | undefined;
}

/** @param file stays open as long as the source is used */
export function plainSource(file: InputFile): TextSource {
  return {
    async *chunks(onBytes) {
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, file.byteLength));
      for (let done = 0; done < file.byteLength; ) {
        const chunk = buffer.subarray(0, Math.min(buffer.length, file.byteLength - done));
        file.read(chunk, done);
        yield chunk;
        done += chunk.length;
        onBytes?.(done);
      }
    },
    at(start, bytes) {
      const buffer = Buffer.allocUnsafe(bytes);
      file.read(buffer, start);
      return buffer;
    },
  };
}

/** @throws InputError, while it is read, when what it holds is not gzip to the end */
export function gzipSource(file: InputFile, path: string): TextSource {
  return {
    async *chunks(onBytes) {
      const gunzip = createGunzip({ chunkSize: chunkBytes });
      const feed = async () => {
        for await (const chunk of plainSource(file).chunks(onBytes)) {
          // The chunk's memory is used again.
          if (!gunzip.write(Buffer.from(chunk))) {
            await new Promise<void>((resolve) => {
              gunzip.once('drain', resolve);
              gunzip.once('close', resolve);
            });
          }
          if (gunzip.destroyed) return;
        }
        gunzip.end();
      };
      const fed = feed().catch((error: unknown) => void gunzip.destroy(error as Error));
      try {
        for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
      } catch (error) {
        if (!(error instanceof Error) || !('errno' in error)) throw error;
        throw new InputError(
          `${quotedPath(path)} cannot be unpacked: it is cut off or damaged (${error.message}). Download or copy it again.`,
          { cause: error },
        );
      } finally {
        gunzip.destroy();
        await fed;
      }
    },
    at: undefined,
  };
}

/** UTF-16 as UTF-8. @throws InputError, while it is read, when it is not UTF-16 */
export function utf16Source(source: TextSource, encoding: 'utf-16le' | 'utf-16be', path: string): TextSource {
  return {
    async *chunks(onBytes) {
      const decoder = new TextDecoder(encoding, { fatal: true });
      const decode = (chunk: Buffer | undefined) => {
        try {
          return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
        } catch (error) {
          throw new InputError(`${quotedPath(path)} begins as UTF-16 but is not UTF-16 text to its end.`, {
            cause: error,
          });
        }
      };
      for await (const chunk of source.chunks(onBytes)) yield decode(chunk);
      const rest = decode(undefined);
      if (rest.length > 0) yield rest;
    },
    at: undefined,
  };
}
