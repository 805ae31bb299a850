import { InputFile } from '../../files/reading/inputFile.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import type { Checkpoint } from '../checkpoint.ts';

/** Weight files, opened when first needed and kept open: the base's may be sharded unlike the SFT checkpoint's. */
export class OpenShards {
  readonly #files = new Map<string, InputFile>();

  /** Files that are open. */
  get count(): number {
    return this.#files.size;
  }

  /** @throws InputError when the file cannot be opened; ChangedInput when it is not the one whose header was read */
  open({ shards }: Pick<Checkpoint, 'shards'>, index: number): InputFile {
    const { path, identity } = shards[index]!;
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new InputFile(path, inputKinds.weights, identity);
    this.#files.set(path, file);
    return file;
  }

  /** @throws ChangedInput when one was touched since it was opened, or its path leads to another by now */
  checkUnchanged(): void {
    for (const file of this.#files.values()) file.checkUnchanged();
  }

  /** Closes all, whatever is found. @throws ChangedInput as {@link checkUnchanged} */
  closeUnchanged(): void {
    try {
      this.checkUnchanged();
    } finally {
      this.close();
    }
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}
