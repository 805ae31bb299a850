import { open, readFile, stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { readAt } from '../../files/reading/readAt.ts';
import type { Dtype } from './dtype.ts';
import {
  lengthBytes,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  safetensorsHeaderLength,
} from './safetensorsHeader.ts';

/* Reads safetensors files: the header alone, or a small file whole. */

/** A tensor held in memory. */
export interface LoadedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Little-endian elements, row-major. */
  readonly data: Uint8Array;
}

/** Before a file is opened, since opening a pipe waits for its writer. */
async function checkRegularFile(path: string): Promise<void> {
  const info = await stat(path);
  if (info.isDirectory()) throw new InputError(`"${path}" is a folder, not a safetensors file.`);
  if (!info.isFile()) throw new InputError(`"${path}" is not a regular file.`);
}

/**
 * Reads and checks the header of a safetensors file; its data is not read.
 *
 * @throws InputError when the file cannot be read or breaks the format
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  try {
    await checkRegularFile(path);
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const length = safetensorsHeaderLength(await readAt(handle, 0, lengthBytes), size, path);
      return parseSafetensorsHeader(await readAt(handle, lengthBytes, length), size, path);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readFault(error, path);
  }
}

/**
 * Reads a whole safetensors file into memory; for small ones. Tensors by name, in file order, as views of one buffer.
 *
 * @throws InputError when the file cannot be read or breaks the format
 */
export async function readSafetensors(path: string): Promise<Map<string, LoadedTensor>> {
  try {
    await checkRegularFile(path);
    const bytes = new Uint8Array(await readFile(path));
    const length = safetensorsHeaderLength(bytes.subarray(0, lengthBytes), bytes.length, path);
    const header = bytes.subarray(lengthBytes, lengthBytes + length);
    const { tensors, dataStart } = parseSafetensorsHeader(header, bytes.length, path);
    return new Map(
      tensors.map(({ name, dtype, shape, begin, end }) => [
        name,
        { dtype, shape, data: bytes.subarray(dataStart + begin, dataStart + end) },
      ]),
    );
  } catch (error) {
    throw readFault(error, path);
  }
}
