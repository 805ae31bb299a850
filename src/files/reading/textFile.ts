import { InputError } from '../../errors.ts';
import type { InputKind } from './inputKind.ts';
import { readInput } from './readInput.ts';
import { quotedPath } from './shown.ts';

/**
 * Reads a UTF-8 file.
 *
 * @throws InputError when it cannot be read, is no regular file or larger than its kind may be, or is not UTF-8
 * @throws ChangedInput when it was written to meanwhile
 */
export async function readTextFile(path: string, kind: InputKind): Promise<string> {
  const { bytes } = await readInput(path, kind);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${quotedPath(path)} is not UTF-8 text.`, { cause: error });
  }
}
