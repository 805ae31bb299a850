import { encodeSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsWriter.ts';
import { StagedFile } from '../../files/writing/stagedFile.ts';
import { type ArraySpec, arrayTypes, elements, type RecordArray } from './arrays.ts';

/**
 * A safetensors file under a temporary name whose arrays are written one by one, in any order: the maps of a large
 * comparison (0.9 GB for three 70B checkpoints) are never held together. Writes are synchronous, since they come from
 * callbacks that nobody awaits, and at most 256 KiB each.
 */
export class StagedArrays {
  readonly #file: StagedFile;
  readonly #missing: Map<string, ArraySpec & { readonly begin: number }>;

  private constructor(file: StagedFile, places: Map<string, ArraySpec & { readonly begin: number }>) {
    this.#file = file;
    this.#missing = places;
  }

  /** @throws InputError when the place cannot be written or the disk is full; nothing is left then */
  static async create(
    path: string,
    specs: readonly ArraySpec[],
    metadata: ReadonlyMap<string, string>,
  ): Promise<StagedArrays> {
    const header = encodeSafetensorsHeader(specs, metadata);
    const file = await StagedFile.create(path);
    try {
      file.write(header.bytes, 0);
      file.resize(header.fileBytes);
    } catch (error) {
      await file.discard();
      throw error;
    }
    const places = specs.map(
      (spec, i) => [spec.name, { ...spec, begin: header.dataStart + header.tensors[i]!.begin }] as const,
    );
    return new StagedArrays(file, new Map(places));
  }

  /** @throws InputError when the disk is full; Error for an array that is not expected (any more), a caller's fault */
  write(name: string, array: RecordArray): void {
    const place = this.#missing.get(name);
    if (place === undefined || !(array instanceof arrayTypes[place.dtype]) || array.length !== elements(place.shape)) {
      throw new Error(`array "${name}" [${array.length}] is not expected`);
    }
    this.#missing.delete(name);
    this.#file.write(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), place.begin);
  }

  /** Makes the complete file durable; it keeps its temporary name. @throws Error when an array is missing */
  async finish(): Promise<void> {
    const [name] = this.#missing.keys();
    if (name !== undefined) throw new Error(`array "${name}" was not written`);
    await this.#file.finish();
  }

  /** Gives the complete file its name. As {@link StagedFile.publish}. @throws Error when an array is missing */
  async publish(replace: boolean): Promise<void> {
    await this.finish();
    await this.#file.publish(replace);
  }

  /** Removes the file unless it was published. */
  async discard(): Promise<void> {
    await this.#file.discard();
  }
}
