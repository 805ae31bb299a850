import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodeSafetensorsHeader } from '../checkpoint/safetensors/safetensorsWriter.ts';
import { stagedName } from '../files/writing/stagedFile.ts';
import { syncFolder } from '../files/writing/syncFolder.ts';
import { writeFault } from '../files/writing/writeFault.ts';
import { type ArraySpec, arrayTypes, elements, type RecordArray } from './arrays.ts';

/**
 * A safetensors file under a temporary name whose arrays are written one by one, in any order: the maps of a large
 * comparison (0.9 GB for three 70B checkpoints) are never held together. Writes are synchronous, since they come from
 * callbacks that nobody awaits, and at most 256 KiB each.
 */
export class StagedArrays {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #missing: Map<string, ArraySpec & { readonly begin: number }>;
  #open = true;

  private constructor(path: string, descriptor: number, places: Map<string, ArraySpec & { readonly begin: number }>) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#missing = places;
  }

  /** @throws InputError when the place cannot be written or the disk is full */
  static create(path: string, specs: readonly ArraySpec[], metadata: ReadonlyMap<string, string>): StagedArrays {
    const header = encodeSafetensorsHeader(specs, metadata);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(stagedName(path), 'w');
      writeSync(descriptor, header.bytes, 0, header.bytes.length, 0);
      ftruncateSync(descriptor, header.fileBytes);
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      throw writeFault(error, path);
    }
    const places = specs.map(
      (spec, i) => [spec.name, { ...spec, begin: header.dataStart + header.tensors[i]!.begin }] as const,
    );
    return new StagedArrays(path, descriptor, new Map(places));
  }

  /** @throws InputError when the disk is full; Error for an array that is not expected (any more), a caller's fault */
  write(name: string, array: RecordArray): void {
    const place = this.#missing.get(name);
    if (place === undefined || !(array instanceof arrayTypes[place.dtype]) || array.length !== elements(place.shape)) {
      throw new Error(`array "${name}" [${array.length}] is not expected`);
    }
    this.#missing.delete(name);
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, place.begin + done);
      }
    } catch (error) {
      throw writeFault(error, this.#path);
    }
  }

  /** Makes the complete file durable and gives it its name. @throws Error when an array is missing */
  async publish(): Promise<void> {
    const [name] = this.#missing.keys();
    if (name !== undefined) throw new Error(`array "${name}" was not written`);
    try {
      fsyncSync(this.#descriptor);
      this.#close();
      await rename(stagedName(this.#path), this.#path);
    } catch (error) {
      throw writeFault(error, this.#path);
    }
    await syncFolder(dirname(this.#path));
  }

  /** Removes the file unless it was published. */
  async discard(): Promise<void> {
    if (!this.#open) return;
    this.#close();
    await rm(stagedName(this.#path), { force: true });
  }

  #close(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }
}
