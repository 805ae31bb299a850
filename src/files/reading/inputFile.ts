import { closeSync, fstatSync, readSync } from 'node:fs';
import { readFault } from './fileFault.ts';
import { ChangedInput, type FileIdentity, identityAtSync, identityOf, isSame } from './fileIdentity.ts';
import type { InputKind } from './inputKind.ts';
import { openInputSync } from './openInput.ts';

/** A file being read at given positions, straight into memory that the caller keeps. */
export class InputFile {
  readonly identity: FileIdentity;
  readonly #path: string;
  readonly #descriptor: number;

  /**
   * @param known what it must be, when it was looked at before
   * @throws InputError when it cannot be opened, is no regular file or too large
   * @throws ChangedInput when it is not what is known of it
   */
  constructor(path: string, kind: InputKind, known?: FileIdentity) {
    this.#path = path;
    const { descriptor, identity } = openInputSync(path, kind);
    this.#descriptor = descriptor;
    this.identity = identity;
    if (known !== undefined && !isSame(identity, known)) {
      this.close();
      throw new ChangedInput(path, kind.what === 'weights' ? 'after its header was read' : 'after it was read first');
    }
  }

  get byteLength(): number {
    return this.identity.bytes;
  }

  /**
   * Fills `into` from a position.
   * @throws InputError when the file cannot be read; ChangedInput when it ends before
   */
  read(into: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < into.length; ) {
        const read = readSync(this.#descriptor, into, done, into.length - done, position + done);
        if (read === 0) throw this.#changed();
        done += read;
      }
    } catch (error) {
      throw readFault(error, this.#path);
    }
  }

  /** @throws ChangedInput when the file was touched since it was opened, or its path leads to another by now */
  checkUnchanged(): void {
    const open = identityOf(fstatSync(this.#descriptor, { bigint: true }));
    const there = identityAtSync(this.#path);
    if (there === undefined || !isSame(open, this.identity) || !isSame(there, this.identity)) throw this.#changed();
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #changed(): ChangedInput {
    return new ChangedInput(this.#path, 'while it was read');
  }
}
