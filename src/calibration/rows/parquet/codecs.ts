import * as zlib from 'node:zlib';
import { type Compressors, decompressZstd, compressors as packaged } from 'hyparquet-compressors';

/** From Node 22.15 on; ten times as fast as JavaScript. */
type ZstdDecompress = (input: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;
const zstdDecompress = (zlib as { readonly zstdDecompressSync?: ZstdDecompress }).zstdDecompressSync;

/** Not a Buffer, whose methods differ. */
const plain = ({ buffer, byteOffset, length }: Buffer) => new Uint8Array(buffer, byteOffset, length);

/** 0 is not allowed as a limit. */
const limit = (length: number) => ({ maxOutputLength: Math.max(length, 1) });

/**
 * How pages are unpacked: by Node where it can. None gives more than the page's header says, which was looked at before.
 */
export const compressors: Compressors = {
  ...packaged,
  GZIP: (input, length) => plain(zlib.gunzipSync(input, limit(length))),
  BROTLI: (input, length) => plain(zlib.brotliDecompressSync(input, limit(length))),
  ZSTD: (input, length) =>
    zstdDecompress === undefined
      ? decompressZstd(input, new Uint8Array(length))
      : plain(zstdDecompress(input, limit(length))),
};

/** Names of the codecs that are read. */
export const codecs: readonly string[] = ['UNCOMPRESSED', ...Object.keys(compressors)];
