import { type FileHandle, open } from 'node:fs/promises';
import { readSafetensorsHeader } from '../checkpoint/safetensorsFile.ts';
import { encodeSafetensorsHeader } from '../checkpoint/safetensorsWriter.ts';
import { InputError, RunError } from '../errors.ts';
import { readFault } from '../files/fileFault.ts';
import { type StagedFile, stageFile } from '../files/stagedFile.ts';
import { type ArraySpec, arrayTypes, type RecordArray, type RecordArrays } from './recordArrays.ts';

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

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
): Promise<StagedFile> {
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

async function readInto(handle: FileHandle, array: RecordArray, begin: number): Promise<void> {
  const bytes = new Uint8Array(array.buffer);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
    if (bytesRead === 0) throw new RunError('The file became shorter while it was read.');
    done += bytesRead;
  }
}

/**
 * Reads a safetensors file that must hold exactly the arrays of `specs`.
 *
 * @throws InputError naming the file and the array that is missing, surplus or of another dtype or shape
 */
export async function readArrays(path: string, specs: readonly ArraySpec[]): Promise<RecordArrays> {
  const { tensors, dataStart } = await readSafetensorsHeader(path);
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const expected = new Set(specs.map(({ name }) => name));
  for (const name of found.keys()) {
    if (!expected.has(name)) throw new InputError(`"${path}" holds an array "${name}" that does not belong there.`);
  }
  const arrays = new Map<string, RecordArray>();
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    for (const { name, dtype, shape } of specs) {
      const tensor = found.get(name);
      if (tensor === undefined) throw new InputError(`"${path}" lacks the array "${name}".`);
      if (tensor.dtype !== dtype || tensor.shape.join() !== shape.join()) {
        throw new InputError(
          `In "${path}" the array "${name}" is ${tensor.dtype} [${tensor.shape.join(', ')}], ` +
            `but must be ${dtype} [${shape.join(', ')}].`,
        );
      }
      const array = new arrayTypes[dtype](elements(shape));
      await readInto(handle, array, dataStart + tensor.begin);
      arrays.set(name, array);
    }
  } catch (error) {
    throw readFault(error, path);
  } finally {
    await handle?.close();
  }
  return arrays;
}
