import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { errorCode } from '../../files/reading/fileFault.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { asidesOf } from '../../files/writing/aside.ts';
import { link, removeFolder, removeTree } from '../../files/writing/diskOperations.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { CommittedFile, PartsPlace } from '../commitOptions.ts';
import type { OutputShard } from '../outputShards.ts';
import { receiptName, receiptOf } from './commitPart.ts';
import { attemptPrefix } from './writePart.ts';

/* Takes the weight files that the parts of a commit have left. */

/** Of the file that says that a part is done. */
const partPattern = /^commit-\d{4,9}-of-\d{4,9}\.partial$/;
/** Of that file before it has its name. */
const stagedPartPattern = /^\.(commit-\d{4,9}-of-\d{4,9}\.partial)\.rejuvenation-staging-/;

/** Names that are said of what is missing. */
const mostNamed = 5;

/**
 * The weight files of a commit, all left by its parts.
 *
 * @throws InputError naming those that are missing, or of another commit
 */
export async function partFiles(
  { folder, pins }: PartsPlace,
  shards: readonly OutputShard[],
): Promise<readonly CommittedFile[]> {
  const found: CommittedFile[] = [];
  const missing: string[] = [];
  for (const { source, byteLength } of shards) {
    const file = await receiptOf(folder, pins, source.name);
    if (file?.bytes === byteLength) found.push(file);
    else missing.push(source.name);
  }
  if (missing.length === 0) return found;
  const named = missing.slice(0, mostNamed).join(', ');
  const others = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : '';
  throw new InputError(`Missing in ${quotedPath(folder)}: ${named}${others}. Write all parts first, with --shard I/N.`);
}

/**
 * Gives a part's file a second name in the checkpoint's staging folder: what fails after that leaves the part.
 *
 * @throws InputError when it lies on another file system
 */
export async function takeFile(folder: string, staging: string, name: string): Promise<void> {
  try {
    await link(join(folder, name), join(staging, name));
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(errorCode(error) ?? '')) {
      throw writeFault(error, join(staging, name));
    }
    throw new InputError(
      `${quotedPath(join(folder, name))} cannot be taken into the checkpoint without a copy: the folder of --partials must lie on the file system of --out, and that must know hard links.`,
      { cause: error },
    );
  }
}

/**
 * Deletes what the parts of a commit left, also what killed ones had not given its name yet, on whatever machine. What is no
 * part's stays, and so does the folder then.
 */
export async function removeParts(folder: string, files: readonly CommittedFile[]): Promise<void> {
  const names = await readdir(folder);
  const receipts = files.map(({ name }) => receiptName(name));
  const own = new Set([...files.map(({ name }) => name), ...receipts]);
  const isPart = (name: string) => own.has(name) || name.startsWith(attemptPrefix) || partPattern.test(name);
  const begun = names.flatMap((name) => stagedPartPattern.exec(name)?.[1] ?? []);
  for (const name of new Set([...receipts, ...begun])) {
    for (const { path } of await asidesOf(join(folder, name), 'file')) await removeTree(path);
  }
  for (const name of names.filter(isPart)) await removeTree(join(folder, name));
  if ((await readdir(folder)).length === 0) await removeFolder(folder);
}
