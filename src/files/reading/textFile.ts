import { readFile, stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { readFault } from './fileFault.ts';
import { shownBytes } from './shown.ts';

/**
 * Reads a UTF-8 file.
 *
 * @param maxBytes what a file of its kind never exceeds
 * @throws InputError when it cannot be read, is larger, or is not UTF-8
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  let bytes: Uint8Array;
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new InputError(`"${path}" is not a regular file.`);
    if (info.size > maxBytes) {
      throw new InputError(
        `"${path}" has ${shownBytes(info.size)}, more than the ${shownBytes(maxBytes)} expected of it.`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    throw readFault(error, path);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`"${path}" is not UTF-8 text.`, { cause: error });
  }
}
