import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { InputError, Interrupted } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { errorCode } from '../../../files/reading/fileFault.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { readAt } from '../../../files/reading/readAt.ts';
import { inputChunks, withInput } from '../../../files/reading/readInput.ts';
import { streamInto } from '../../../files/writing/diskOperations.ts';
import { writeFault } from '../../../files/writing/writeFault.ts';
import { providerFiles } from './runtimePlace.ts';
import { tarEntries } from './tarFile.ts';

/* Takes the CUDA libraries out of whatever holds them: a NuGet package, a wheel, an npm tarball, a release, a folder. */

/** What was taken, and what its package says of it. */
export interface TakenLibraries {
  /** Version of ONNX Runtime that the package states; undefined where it states none. */
  readonly stated: string | undefined;
  /** SHA-256 of each file, 64 hexadecimal digits. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Bounds what a hostile package can unpack to. */
const largestLibrary = 2 ** 31;
/** Of the small texts that are read of packages; a wheel's list of files has 100 kB. */
const longestText = 4e6;
const chunkBytes = 1 << 20;
const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** Where they lie in folders: installed or unpacked packages. */
const usualFolders = [
  '',
  'onnxruntime/capi',
  'capi',
  'runtimes/linux-x64/native',
  'Plugins/Linux/x64',
  'package/Plugins/Linux/x64',
  'lib',
  'bin/napi-v6/linux/x64',
];

/** One file of an archive. */
interface ArchiveFile {
  readonly name: string;
  readonly bytes: number;
  content(): Promise<AsyncIterable<Buffer>>;
}

async function* zipFiles(path: string): AsyncGenerator<ArchiveFile> {
  const archive = await openPromise(path, { strictFileNames: true });
  try {
    for await (const entry of archive.eachEntry() as AsyncIterable<Entry>) {
      const { fileName: name, uncompressedSize: bytes } = entry;
      yield { name, bytes, content: async () => archive.openReadStreamPromise(entry) };
    }
  } finally {
    archive.close();
  }
}

async function* tarFiles(path: string): AsyncGenerator<ArchiveFile> {
  for await (const { name, bytes, content } of tarEntries(path)) yield { name, bytes, content: async () => content };
}

/** The folder in which a package has both libraries. @throws Error where there is none, or which is meant cannot be told */
function folderIn(names: readonly string[]): string {
  const all = new Set(names);
  const folders = names
    .filter((name) => posix.basename(name) === providerFiles[1])
    .map((name) => posix.dirname(name))
    .filter((folder) => all.has(posix.join(folder, providerFiles[0])));
  const likely = folders.length > 1 ? folders.filter((each) => /linux[-_/](x64|x86_64)/i.test(each)) : folders;
  if (likely.length === 1) return likely[0]!;
  if (likely.length > 1 || folders.length > 1)
    throw new Error('it has more than one CUDA provider; unpack the right one, and give its folder');
  throw new Error(`it has no ${providerFiles[1]} beside a ${providerFiles[0]}`);
}

/** Writes a library, and hashes it on its way. @returns SHA-256, hexadecimal */
async function write(name: string, content: AsyncIterable<Buffer>, target: string, signal: AbortSignal) {
  const hash = createHash('sha256');
  async function* checked(source: AsyncIterable<Buffer>) {
    let bytes = 0;
    for await (const chunk of source) {
      if (bytes === 0 && !chunk.subarray(0, 4).equals(elf.subarray(0, chunk.length)))
        throw new Error(`${name} is no shared library`);
      bytes += chunk.length;
      if (bytes > largestLibrary) throw new Error(`${name} is too large`);
      hash.update(chunk);
      yield chunk;
    }
    if (bytes === 0) throw new Error(`${name} is empty`);
  }
  await pipeline(content, checked, streamInto(target, 0o644), { signal });
  return hash.digest('hex');
}

async function textOf({ name, bytes, content }: ArchiveFile): Promise<string> {
  if (bytes > longestText) throw new Error(`${name} is too long`);
  const parts: Buffer[] = [];
  for await (const part of await content()) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** `onnxruntime_gpu-1.30.0.dist-info/RECORD` of a wheel: its version and, by the paths in it, SHA-256 of its files. */
const wheelList = /^onnxruntime[\w.]*-(\d[\w.]*)\.dist-info\/RECORD$/;
/** A NuGet package's description. */
const nugetList = /^[\w.]*onnxruntime[\w.]*\.nuspec$/i;

/** SHA-256 of a file as a wheel's list states it, hexadecimal. Lines are `path,sha256=DIGEST,size`. */
function listedHash(list: string, path: string): string | undefined {
  const line = list.split('\n').find((each) => each.startsWith(`${path},sha256=`));
  const digest = line?.slice(path.length + ',sha256='.length).split(',')[0];
  return digest === undefined ? undefined : Buffer.from(digest, 'base64url').toString('hex');
}

async function unpack(
  files: () => AsyncGenerator<ArchiveFile>,
  folder: string,
  signal: AbortSignal,
): Promise<TakenLibraries> {
  const names: string[] = [];
  for await (const { name } of files()) names.push(name);
  const from = folderIn(names);
  const wanted = new Map(providerFiles.map((file) => [posix.join(from, file), file]));
  const sha256: Record<string, string> = {};
  let stated: string | undefined;
  let list = '';
  for await (const file of files()) {
    const library = wanted.get(file.name.replace(/^\.\//, ''));
    if (library !== undefined) {
      if (file.bytes > largestLibrary) throw new Error(`${file.name} is too large`);
      // Twice the same name would be written over the first.
      if (library in sha256) throw new Error(`it has ${file.name} twice`);
      sha256[library] = await write(file.name, await file.content(), join(folder, library), signal);
    } else if (wheelList.test(file.name)) {
      stated = wheelList.exec(file.name)![1];
      list = await textOf(file);
    } else if (nugetList.test(file.name)) {
      stated ??= /<version>\s*([\w.+-]{1,60})\s*<\/version>/.exec(await textOf(file))?.[1];
    }
  }
  for (const [path, library] of wanted) {
    const listed = listedHash(list, path);
    if (listed !== undefined && listed !== sha256[library])
      throw new Error(`${path} is not as the wheel's own list says`);
  }
  return { stated, sha256 };
}

async function takeFromFolder(path: string, folder: string, signal: AbortSignal): Promise<TakenLibraries> {
  for (const each of usualFolders) {
    const from = join(path, each);
    const there = await Promise.all(providerFiles.map((file) => exists(join(from, file))));
    if (there.includes(false)) continue;
    const sha256: Record<string, string> = {};
    for (const file of providerFiles) {
      const content = inputChunks(join(from, file), inputKinds.library, chunkBytes);
      sha256[file] = await write(join(from, file), content, join(folder, file), signal);
    }
    return { stated: undefined, sha256 };
  }
  throw new Error(`neither it nor the usual folders in it have a ${providerFiles[1]} beside a ${providerFiles[0]}`);
}

async function take(path: string, folder: string, signal: AbortSignal): Promise<TakenLibraries> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return takeFromFolder(path, folder, signal);
  if (basename(path) === providerFiles[1]) return takeFromFolder(dirname(path), folder, signal);
  const [first, second] = await withInput(path, inputKinds.package, (handle) => readAt(handle, 0, 2));
  if (first === 0x1f && second === 0x8b) return unpack(() => tarFiles(path), folder, signal);
  if (first === 0x50 && second === 0x4b) return unpack(() => zipFiles(path), folder, signal);
  throw new Error('it is no package (.nupkg), wheel (.whl), ZIP file or tarball (.tgz), and no folder');
}

/**
 * Takes the CUDA provider's two libraries, by exactly their names and out of one folder, from a package, a wheel, a
 * tarball, a ZIP file or a folder. Every other entry is passed over; one whose name leads out of the archive condemns it.
 *
 * @throws InputError when it holds none, is damaged or cannot be read, or the disk is full; Interrupted on abort
 */
export async function takeLibraries(path: string, folder: string, signal: AbortSignal): Promise<TakenLibraries> {
  try {
    return await take(path, folder, signal);
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
    if (error instanceof InputError) throw error;
    const code = errorCode(error);
    // Of zlib's own errors the file is the cause.
    if (code !== undefined && !code.startsWith('Z_')) throw writeFault(error, folder);
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`"${path}" cannot be unpacked: ${reason}.`, { cause: error });
  }
}
