import type { FileHandle } from 'node:fs/promises';
import { readSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsFile.ts';
import { formatLimits } from '../../checkpoint/safetensors/safetensorsHeader.ts';
import { encodeSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsWriter.ts';
import { InputError, RunError } from '../../errors.ts';
import { ChangedInput, type FileIdentity, isSame } from '../../files/reading/fileIdentity.ts';
import { type InputKind, inputKinds } from '../../files/reading/inputKind.ts';
import { withInput } from '../../files/reading/readInput.ts';
import { shown, shownShape } from '../../files/reading/shown.ts';
import { type FinishedFile, stageFile } from '../../files/writing/stagedFile.ts';
import { type ArraySpec, arrayTypes, elements, type RecordArray, type RecordArrays } from './arrays.ts';

/* Reads and writes the arrays file of a record (safetensors). */

/**
 * Writes arrays as a staged safetensors file.
 *
 * @param arrays one array for each spec, of its dtype and length
 * @throws InputError when it cannot be written
 */
export async function stageArrays(
  path: string,
  specs: readonly ArraySpec[],
  arrays: RecordArrays,
): Promise<FinishedFile> {
  const chunks = [encodeSafetensorsHeader(specs).bytes];
  for (const { name, dtype, shape } of specs) {
    const array = arrays.get(name);
    if (!(array instanceof arrayTypes[dtype]) || array.length !== elements(shape)) {
      throw new Error(`array "${name}" is missing or not ${dtype} [${shape.join(', ')}]`);
    }
    chunks.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return stageFile(path, chunks);
}

async function readInto(handle: FileHandle, array: RecordArray, begin: number, path: string): Promise<void> {
  const bytes = new Uint8Array(array.buffer);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
    if (bytesRead === 0) throw new ChangedInput(path, 'while it was read');
    done += bytesRead;
  }
}

/** An arrays file whose header has been checked; the arrays themselves are read when they are asked for. */
export interface LocatedArrays {
  readonly path: string;
  /** The file whose header was read. */
  readonly identity: FileIdentity;
  readonly metadata: ReadonlyMap<string, string>;
  /** Every array, with the absolute position of its first byte. */
  readonly places: ReadonlyMap<string, ArraySpec & { readonly begin: number }>;
}

/**
 * Reads the header of a safetensors file that must hold exactly the arrays of `specs`.
 *
 * @throws InputError naming the file and the array that is missing, surplus or of another dtype or shape
 */
export async function locateArrays(
  path: string,
  specs: readonly ArraySpec[],
  kind: InputKind = inputKinds.weights,
): Promise<LocatedArrays> {
  const { tensors, metadata, dataStart, identity } = await readSafetensorsHeader(path, formatLimits, kind);
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const expected = new Set(specs.map(({ name }) => name));
  for (const name of found.keys()) {
    if (!expected.has(name))
      throw new InputError(`"${path}" holds an array ${shown(name)} that does not belong there.`);
  }
  const places = new Map<string, ArraySpec & { readonly begin: number }>();
  for (const spec of specs) {
    const { name, dtype, shape } = spec;
    const tensor = found.get(name);
    if (tensor === undefined) throw new InputError(`"${path}" lacks the array "${name}".`);
    if (tensor.dtype !== dtype || tensor.shape.join() !== shape.join()) {
      throw new InputError(
        `In "${path}" the array "${name}" is ${tensor.dtype} ${shownShape(tensor.shape)}, ` +
          `but must be ${dtype} ${shownShape(shape)}.`,
      );
    }
    places.set(name, { ...spec, begin: dataStart + tensor.begin });
  }
  return { path, identity, metadata, places };
}

/**
 * Reads some of the arrays of a located file.
 *
 * @param names of arrays that the file has
 * @throws InputError when the file cannot be read; ChangedInput when it is not the one that was located
 */
export function readLocated({ path, places, identity }: LocatedArrays, names: Iterable<string>): Promise<RecordArrays> {
  return withInput(path, inputKinds.weights, async (handle, opened) => {
    if (!isSame(opened, identity)) throw new ChangedInput(path, 'after its header was read');
    const arrays = new Map<string, RecordArray>();
    for (const name of names) {
      const place = places.get(name);
      if (place === undefined) throw new RunError(`"${path}" has no array "${name}".`);
      const array = new arrayTypes[place.dtype](elements(place.shape));
      await readInto(handle, array, place.begin, path);
      arrays.set(name, array);
    }
    return arrays;
  });
}

/**
 * Reads a safetensors file that must hold exactly the arrays of `specs`.
 *
 * @throws InputError naming the file and the array that is missing, surplus or of another dtype or shape
 */
export async function readArrays(path: string, specs: readonly ArraySpec[]): Promise<RecordArrays> {
  const located = await locateArrays(path, specs);
  return readLocated(located, located.places.keys());
}
