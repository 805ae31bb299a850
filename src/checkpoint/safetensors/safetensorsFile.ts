import { ChangedInput, type FileIdentity } from '../../files/reading/fileIdentity.ts';
import { type InputKind, inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { readInput, withInput } from '../../files/reading/readInput.ts';
import type { Dtype } from './dtype.ts';
import {
  formatLimits,
  type HeaderLimits,
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

/** A header, and the file that it was read from. */
export interface FileHeader extends SafetensorsHeader {
  readonly identity: FileIdentity;
}

/**
 * Reads and checks the header of a safetensors file; its data is not read.
 *
 * @param limits of the header, where files of the kind stay far below those of the format
 * @throws InputError when the file cannot be read, is no regular file, or breaks the format or the limits
 * @throws ChangedInput when it was written to meanwhile
 */
export function readSafetensorsHeader(
  path: string,
  limits: HeaderLimits = formatLimits,
  kind: InputKind = inputKinds.weights,
): Promise<FileHeader> {
  return withInput(path, kind, async (handle, identity) => {
    const size = identity.bytes;
    const length = safetensorsHeaderLength(await readAt(handle, 0, lengthBytes), size, path, limits);
    const bytes = await readAt(handle, lengthBytes, length);
    if (bytes.length < length) throw new ChangedInput(path, 'while it was read');
    return { ...parseSafetensorsHeader(bytes, size, path, limits), identity };
  });
}

/**
 * Reads a whole safetensors file into memory; for small ones. Tensors by name, in file order, as views of one buffer.
 *
 * @throws InputError, ChangedInput as {@link readSafetensorsHeader}
 */
export async function readSafetensors(path: string): Promise<Map<string, LoadedTensor>> {
  const { bytes } = await readInput(path, inputKinds.weights);
  const length = safetensorsHeaderLength(bytes.subarray(0, lengthBytes), bytes.length, path);
  const header = bytes.subarray(lengthBytes, lengthBytes + length);
  const { tensors, dataStart } = parseSafetensorsHeader(header, bytes.length, path);
  return new Map(
    tensors.map(({ name, dtype, shape, begin, end }) => [
      name,
      { dtype, shape, data: bytes.subarray(dataStart + begin, dataStart + end) },
    ]),
  );
}
