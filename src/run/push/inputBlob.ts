import { ReadableStream } from 'node:stream/web';
import { ChangedInput, type FileIdentity, isSame } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { withInput } from '../../files/reading/readInput.ts';

/* A file as the Hub's client takes it, read as inputs are: piece by piece, and refused when it is not what it was. */

const chunkBytes = 1 << 20;

/** Bytes `begin` up to, not including, `end` of a file. */
export class InputBlob extends Blob {
  readonly path: string;
  override readonly size: number;
  readonly #identity: FileIdentity;
  readonly #begin: number;
  readonly #end: number;
  readonly #onBytes: ((bytes: number) => void) | undefined;

  constructor(
    path: string,
    identity: FileIdentity,
    begin = 0,
    end = identity.bytes,
    onBytes?: (bytes: number) => void,
  ) {
    super([]);
    this.path = path;
    this.size = end - begin;
    this.#identity = identity;
    this.#begin = begin;
    this.#end = end;
    this.#onBytes = onBytes;
  }

  /** The same, whose reader hears how many bytes were taken. */
  heard(onBytes: (bytes: number) => void): InputBlob {
    return new InputBlob(this.path, this.#identity, this.#begin, this.#end, onBytes);
  }

  override slice(begin = 0, end = this.size): InputBlob {
    const at = (position: number) => Math.min(Math.max(position < 0 ? this.size + position : position, 0), this.size);
    const [first, last] = [at(begin), at(end)];
    return new InputBlob(this.path, this.#identity, this.#begin + first, this.#begin + Math.max(first, last));
  }

  async #read(position: number, bytes: number): Promise<Uint8Array> {
    return withInput(this.path, inputKinds.weights, async (handle, opened) => {
      if (!isSame(opened, this.#identity)) throw new ChangedInput(this.path, 'while it was uploaded');
      return readAt(handle, position, bytes);
    });
  }

  override stream(): ReturnType<Blob['stream']> {
    let position = this.#begin;
    const stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const bytes = Math.min(chunkBytes, this.#end - position);
        if (bytes === 0) {
          controller.close();
          return;
        }
        const chunk = await this.#read(position, bytes);
        position += chunk.length;
        this.#onBytes?.(chunk.length);
        controller.enqueue(chunk);
      },
    });
    return stream as ReturnType<Blob['stream']>;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#read(this.#begin, this.size);
    return bytes.slice().buffer as ArrayBuffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.arrayBuffer());
  }
}
