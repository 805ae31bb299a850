import { ScratchFile } from '../../files/writing/scratchFile.ts';

/* Keeps what waits between segments, in memory or in a scratch file. */

/** Values set aside. */
export interface Stored {
  read(): Float32Array;
  /** They are not needed any more. */
  free(): void;
}

/**
 * Keeps what waits between segments: in memory up to a limit, beyond it in a scratch file, which is made when it is
 * first needed.
 */
export class FloatStore {
  #room: number;
  readonly #open: () => ScratchFile;
  #scratch: ScratchFile | undefined;

  /** @param bytes kept in memory at most */
  constructor(bytes: number, open: () => ScratchFile = () => new ScratchFile()) {
    this.#room = bytes;
    this.#open = open;
  }

  /** Takes the values over; the caller does not change them any more. @throws RunError when the disk is full */
  put(values: Float32Array): Stored {
    return values.byteLength <= this.#room ? this.#inMemory(values) : this.#onDisk(values);
  }

  close(): void {
    this.#scratch?.close();
    this.#scratch = undefined;
  }

  #inMemory(values: Float32Array): Stored {
    let held: Float32Array | undefined = values;
    this.#room -= values.byteLength;
    return {
      read: () => held!,
      free: () => {
        this.#room += held?.byteLength ?? 0;
        held = undefined;
      },
    };
  }

  #onDisk(values: Float32Array): Stored {
    this.#scratch ??= this.#open();
    const scratch = this.#scratch;
    const { length } = values;
    const place = scratch.write(values);
    return { read: () => scratch.read(place, length), free: () => scratch.free(place, length) };
  }
}
