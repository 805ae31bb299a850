import { ChangedInput, isSame } from '../files/reading/fileIdentity.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { readAt } from '../files/reading/readAt.ts';
import { withInput } from '../files/reading/readInput.ts';
import type { ByteRange } from './byteRange.ts';

/* Compares two runs of bytes in files. */

/** Bytes compared at a time. */
const chunk = 1 << 20;

type Read = (offset: number, length: number) => Promise<Uint8Array>;

function reading<Result>({ path, identity, begin }: ByteRange, work: (read: Read) => Promise<Result>): Promise<Result> {
  return withInput(path, inputKinds.weights, (handle, opened) => {
    if (!isSame(opened, identity)) throw new ChangedInput(path, 'after its header was read');
    return work((offset, length) => readAt(handle, begin + offset, length));
  });
}

/**
 * Whether two ranges hold the same bytes.
 *
 * @throws InputError when a file cannot be read; ChangedInput when it is not the one whose header was read
 */
export async function equalBytes(a: ByteRange, b: ByteRange): Promise<boolean> {
  if (a.byteLength !== b.byteLength) return false;
  return reading(a, (left) =>
    reading(b, async (right) => {
      for (let offset = 0; offset < a.byteLength; offset += chunk) {
        const length = Math.min(chunk, a.byteLength - offset);
        const [x, y] = await Promise.all([left(offset, length), right(offset, length)]);
        if (Buffer.compare(x, y) !== 0) return false;
      }
      return true;
    }),
  );
}
