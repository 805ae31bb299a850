import { open } from 'node:fs/promises';
import type { ByteRange } from './byteRange.ts';
import { readFault } from './fileFault.ts';

/** Bytes compared at a time. */
const chunk = 1 << 20;

/**
 * Whether two ranges hold the same bytes.
 *
 * @throws InputError when a file cannot be read
 */
export async function equalBytes(a: ByteRange, b: ByteRange): Promise<boolean> {
  if (a.byteLength !== b.byteLength) return false;
  const reader = async ({ path, begin }: ByteRange) => {
    const handle = await open(path, 'r');
    const buffer = Buffer.allocUnsafe(chunk);
    return {
      read: async (offset: number, length: number) => {
        const { bytesRead } = await handle.read(buffer, 0, length, begin + offset);
        return buffer.subarray(0, bytesRead);
      },
      close: () => handle.close(),
    };
  };
  const at = (range: ByteRange) =>
    reader(range).catch((error: unknown) => {
      throw readFault(error, range.path);
    });
  const left = await at(a);
  try {
    const right = await at(b);
    try {
      for (let offset = 0; offset < a.byteLength; ) {
        const length = Math.min(chunk, a.byteLength - offset);
        const [x, y] = await Promise.all([left.read(offset, length), right.read(offset, length)]);
        // A read may come back short; what neither has by now, neither will have.
        const both = Math.min(x.length, y.length);
        if (both === 0) return x.length === y.length;
        if (!x.subarray(0, both).equals(y.subarray(0, both))) return false;
        offset += both;
      }
      return true;
    } finally {
      await right.close();
    }
  } finally {
    await left.close();
  }
}
