import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readFault } from '../checkpoint/fileFault.ts';
import { InputError } from '../errors.ts';
import type { OpenShard } from './tensorFuser.ts';

/** Weight files, opened when first needed and kept open. */
export class OpenShards {
  readonly #open = new Map<string, OpenShard>();

  /** @throws InputError when the file cannot be opened or is not the one whose header was read */
  open({ shards }: Checkpoint, index: number): OpenShard {
    const { path, byteLength } = shards[index]!;
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch (error) {
      throw readFault(error, path);
    }
    const shard = { descriptor, path };
    this.#open.set(path, shard);
    if (fstatSync(descriptor).size !== byteLength) {
      throw new InputError(`"${path}" changed after it was opened: leave it alone and try again.`);
    }
    return shard;
  }

  close(): void {
    for (const { descriptor } of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }
}
