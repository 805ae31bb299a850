import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { InputError, Interrupted } from '../../../errors.ts';
import { errorCode } from '../../../files/reading/fileFault.ts';
import { streamInto } from '../../../files/writing/diskOperations.ts';
import { writeFault } from '../../../files/writing/writeFault.ts';
import { providerFiles } from './runtimePlace.ts';

/* Unpacks the CUDA libraries from their package. */

/** Below this the package has what is for Linux on x64. */
const nativePath = 'runtimes/linux-x64/native/';
/** Bounds what a hostile package can unpack to. */
const largestLibrary = 2 ** 31;
const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

/**
 * Unpacks the CUDA provider's libraries, by exactly their names, out of a NuGet package (a ZIP file). Every other entry
 * is passed over; one whose name leads out of the archive condemns it.
 *
 * @throws InputError when the file is no such package, or the disk is full; Interrupted on abort
 */
export async function unpackLibraries(path: string, folder: string, signal: AbortSignal): Promise<void> {
  const wanted = new Set<string>(providerFiles.map((file) => nativePath + file));
  try {
    const archive = await openPromise(path, { strictFileNames: true });
    try {
      for await (const entry of archive.eachEntry()) {
        if (!wanted.delete(entry.fileName)) continue;
        if (entry.uncompressedSize > largestLibrary) throw new Error(`${entry.fileName} is too large`);
        await unpackEntry(await archive.openReadStreamPromise(entry), entry, folder, signal);
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
    if (error instanceof InputError) throw error;
    if (errorCode(error) !== undefined) throw writeFault(error, folder);
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`"${path}" cannot be unpacked: ${reason}.`, { cause: error });
  }
  const [missing] = wanted;
  if (missing !== undefined) {
    throw new InputError(`"${path}" has no ${missing}: it is not the package Microsoft.ML.OnnxRuntime.Gpu.Linux.`);
  }
}

async function unpackEntry(content: Readable, { fileName }: Entry, folder: string, signal: AbortSignal): Promise<void> {
  async function* checked(source: AsyncIterable<Buffer>) {
    let first = true;
    for await (const chunk of source) {
      if (first && !chunk.subarray(0, 4).equals(elf)) throw new Error(`${fileName} is no shared library`);
      first = false;
      yield chunk;
    }
    if (first) throw new Error(`${fileName} is empty`);
  }
  const target = join(folder, basename(fileName));
  await pipeline(content, checked, streamInto(target, 0o644), { signal });
}
