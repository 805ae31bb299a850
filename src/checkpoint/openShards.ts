import { InputError } from '../errors.ts';
import { InputFile } from '../files/reading/inputFile.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Weight files, opened when first needed and kept open: the base's may be sharded unlike the SFT checkpoint's. */
export class OpenShards {
  readonly #files = new Map<string, InputFile>();

  /** @throws InputError when the file cannot be opened or is not the one whose header was read */
  open({ shards }: Pick<Checkpoint, 'shards'>, index: number): InputFile {
    const { path, byteLength } = shards[index]!;
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new InputFile(path);
    this.#files.set(path, file);
    if (file.byteLength !== byteLength) {
      throw new InputError(`"${path}" changed after its header was read: leave it alone and try again.`);
    }
    return file;
  }

  /** @throws InputError when one was written to since it was opened */
  checkUnchanged(): void {
    for (const file of this.#files.values()) file.checkUnchanged();
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}
