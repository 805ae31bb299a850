import { type FileHandle, open } from 'node:fs/promises';
import { readFault } from '../files/reading/fileFault.ts';
import { readAt } from '../files/reading/readAt.ts';
import type { ByteRange } from './byteRange.ts';

/* Compares two runs of bytes in files. */

/** Bytes compared at a time. */
const chunk = 1 << 20;

async function reading<Result>({ path }: ByteRange, read: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  try {
    const handle = await open(path, 'r');
    try {
      return await read(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readFault(error, path);
  }
}

/**
 * Whether two ranges hold the same bytes.
 *
 * @throws InputError when a file cannot be read
 */
export async function equalBytes(a: ByteRange, b: ByteRange): Promise<boolean> {
  if (a.byteLength !== b.byteLength) return false;
  return reading(a, (left) =>
    reading(b, async (right) => {
      for (let offset = 0; offset < a.byteLength; offset += chunk) {
        const length = Math.min(chunk, a.byteLength - offset);
        const [x, y] = await Promise.all([
          readAt(left, a.begin + offset, length),
          readAt(right, b.begin + offset, length),
        ]);
        if (Buffer.compare(x, y) !== 0) return false;
      }
      return true;
    }),
  );
}
