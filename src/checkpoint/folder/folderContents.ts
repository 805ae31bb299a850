import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { errorCode, readFault } from '../../files/reading/fileFault.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { withInput } from '../../files/reading/readInput.ts';
import { innerFolders } from './innerFolders.ts';
import { stepNumbers } from './stepName.ts';

/* Looks at a folder: the names in it, those in the folders that trainers make, and the beginnings of small files. */

/** What is known of a folder before anything in it is read as what its name says. */
export interface FolderContents {
  /** Absolute path, symlinks kept. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  /** Names of everything in it. */
  readonly names: ReadonlySet<string>;
  /** Names in those of its folders that tell a format, by the folder's name. */
  readonly inside: ReadonlyMap<string, ReadonlySet<string>>;
  /** Files that are Git LFS pointers: a few lines in place of the content. */
  readonly pointers: readonly string[];
}

/** Folders whose names in them are looked at: they tell who wrote the folder. */
const telling = /^(global_steps?_?\d+|pytorch_model_fsdp_\d+|dist_ckpt|context|weights|policy|snapshots|refs|blobs)$/;
/** Files whose beginning and size are looked at. */
const looked = /^(config\.json|tokenizer\.json|.+\.safetensors|model\.safetensors\.index\.json)$/;
/** A pointer has some 130 bytes. */
const longestPointer = 1024;
const pointerStart = 'version https://git-lfs.github.com/spec/';
/** Pointers that are looked for: one is enough to refuse a folder, a few tell of what kind it is. */
const mostPointers = 10;

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    throw readFault(error, folder);
  }
}

async function isPointer(path: string): Promise<boolean> {
  try {
    const bytes = await withInput(path, inputKinds.weights, (handle) => readAt(handle, 0, pointerStart.length));
    return Buffer.from(bytes).toString('latin1') === pointerStart;
  } catch {
    // Whoever reads it says what is wrong.
    return false;
  }
}

/**
 * Looks at a folder.
 *
 * @throws InputError when it is not there, is a file, or cannot be read
 */
export async function folderContents(path: string): Promise<FolderContents> {
  const folder = resolve(path);
  try {
    if (!(await stat(folder)).isDirectory())
      throw new InputError(`"${folder}" is a file; give the folder of a Hugging Face checkpoint.`);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new InputError(`There is no folder "${folder}".`, { cause: error });
    throw readFault(error, folder);
  }
  const names = await namesIn(folder);
  const inside = new Map<string, ReadonlySet<string>>();
  const pointers: string[] = [];
  for (const name of [...names].sort()) {
    const place = join(folder, name);
    if (telling.test(name) || innerFolders.has(name) || stepNumbers(name) !== undefined) {
      // A file of such a name, or a folder that may not be read, tells nothing.
      const inner = await readdir(place).catch(() => undefined);
      if (inner !== undefined) inside.set(name, new Set(inner));
    } else if (looked.test(name) && pointers.length < mostPointers) {
      const info = await stat(place).catch(() => undefined);
      if (!info?.isFile() || info.size > longestPointer) continue;
      if (await isPointer(place)) pointers.push(name);
    }
  }
  return { folder, name: basename(folder), names, inside, pointers };
}
