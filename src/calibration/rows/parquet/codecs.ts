import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { snappyUncompress } from 'hyparquet';
import { decompressLz4, decompressLz4Raw, decompressZstd } from 'hyparquet-compressors';

/**
 * How pages are unpacked. Node's own where it has them (zstd only from version 22 on). None gives more than the page's
 * header says, which was looked at before.
 */
export const compressors: Compressors = {
  SNAPPY: (input, length) => {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
  // The array of its own: values of pages are views into it, aligned.
  GZIP: (input, length) => new Uint8Array(gunzipSync(input, { maxOutputLength: Math.max(length, 1) })),
  BROTLI: (input, length) => new Uint8Array(brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) })),
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};

/** Names of the codecs that are read. */
export const codecs: readonly string[] = ['UNCOMPRESSED', ...Object.keys(compressors)];
