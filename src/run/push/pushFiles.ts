import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, Interrupted } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { ChangedInput, type FileIdentity } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { inputChunks } from '../../files/reading/readInput.ts';
import { quotedPath } from '../../files/reading/shown.ts';

/* The files of a folder that are uploaded, with the hashes by which the Hub names them. */

/** A file of the folder. */
export interface LocalFile {
  /** In the repository: `model.safetensors`, `images/a.png`. */
  readonly path: string;
  /** On this machine. */
  readonly place: string;
  readonly bytes: number;
}

export interface HashedFile extends LocalFile {
  readonly identity: FileIdentity;
  readonly sha256: string;
  /** As git names content: SHA-1 of `blob SIZE\0` and the bytes. Undefined for a file that is too large to lie in git itself. */
  readonly gitSha1: string | undefined;
}

export interface FoundFiles {
  readonly files: readonly LocalFile[];
  /** Paths that are not uploaded: hidden ones, pickles, a trainer's state. */
  readonly leftOut: readonly string[];
}

/** Folders within folders. */
const deepest = 4;
const mostFiles = 5000;
/** The Hub takes larger files by LFS alone. */
const mostInGit = 20e6;

/** Pickles run code where they are loaded, and of a training's state nobody has a use but the training. */
const notUploaded =
  /^(\..*|.*\.(pt|pth|bin|pkl|pickle|distcp|lock|tmp|pyc)|trainer_state\.json|global_steps?_?\d+|pytorch_model_fsdp_\d+|dist_ckpt|runs|wandb|__pycache__)$/i;

/**
 * @param folder absolute
 * @throws InputError for a link, which could lead anywhere, for something else than files and folders, and for too many files
 */
export async function filesToPush(folder: string): Promise<FoundFiles> {
  const files: LocalFile[] = [];
  const leftOut: string[] = [];
  const walk = async (inner: string, depth: number): Promise<void> => {
    const names = await readdir(join(folder, inner)).catch((error: unknown) => {
      throw readFault(error, join(folder, inner));
    });
    for (const name of names.sort()) {
      const path = inner === '' ? name : `${inner}/${name}`;
      const place = join(folder, path);
      if (notUploaded.test(name)) {
        leftOut.push(path);
        continue;
      }
      const info = await lstat(place);
      if (info.isDirectory() && depth < deepest) await walk(path, depth + 1);
      else if (info.isFile()) files.push({ path, place, bytes: info.size });
      else if (info.isDirectory()) leftOut.push(path);
      else
        throw new InputError(
          `${quotedPath(place)} is a link or no regular file, and is not uploaded: put the file itself in its place.`,
        );
      if (files.length > mostFiles)
        throw new InputError(`${quotedPath(folder)} has more than ${mostFiles} files: upload a checkpoint's folder.`);
    }
  };
  await walk('', 0);
  return { files, leftOut };
}

/** @throws InputError, ChangedInput as other inputs do; Interrupted on abort */
export async function hashToPush(
  file: LocalFile,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<HashedFile> {
  const sha256 = createHash('sha256');
  const git = file.bytes <= mostInGit ? createHash('sha1').update(`blob ${file.bytes}\0`) : undefined;
  const chunks = inputChunks(file.place, inputKinds.weights, 1 << 20);
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = await chunks.next();
      if (done === true) {
        if (bytes !== file.bytes) throw new ChangedInput(file.place, 'while it was read');
        return { ...file, identity: value, sha256: sha256.digest('hex'), gitSha1: git?.digest('hex') };
      }
      if (signal.aborted) throw new Interrupted('Stopped.');
      bytes += value.length;
      sha256.update(value);
      git?.update(value);
      onBytes(value.length);
    }
  } finally {
    await chunks.return(undefined as never);
  }
}
