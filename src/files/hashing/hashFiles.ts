import { availableParallelism } from 'node:os';
import { Interrupted, RunError } from '../../errors.ts';
import { ChangedInput, type FileIdentity, isSame } from '../reading/fileIdentity.ts';
import type { InputKind } from '../reading/inputKind.ts';
import { type HashedInput, hashInput } from '../reading/readInput.ts';
import { TaskThread } from '../threads/taskThread.ts';

/* Hashes files, several large ones at once: one thread hashes 2 GB a second, and what stores checkpoints reads faster. */

/** Threads at most: more files at once would make a disk seek. */
const mostThreads = 4;

/** From so many bytes on a thread pays, which takes 50 ms to start. */
const threadBytes = 2 ** 28;

/** For a thread. */
export interface HashTask {
  readonly path: string;
  readonly kind: InputKind;
}

/** A file as it was before anything of it was read. */
export interface FileToHash extends HashTask {
  readonly identity: FileIdentity;
}

/** Threads for these files: none where one pass on the caller's is quicker. */
function threadsFor(files: readonly FileToHash[]): number {
  const large = files.filter(({ identity }) => identity.bytes >= threadBytes).length;
  return large < 2 ? 0 : Math.min(large, mostThreads, availableParallelism());
}

/**
 * SHA-256 of files, in their order.
 *
 * @param signal stops at once
 * @param threads for tests; as many as pay unless said, 0 for the caller's own alone
 * @throws InputError when one cannot be read; ChangedInput when one is not the file that was described; Interrupted on abort
 */
export async function hashFiles(
  files: readonly FileToHash[],
  signal: AbortSignal,
  threads = threadsFor(files),
): Promise<string[]> {
  const hashes: string[] = new Array(files.length);
  // As they come: a run's engine reads the base first too, and finds in the page cache what was hashed before.
  const order = files.map((_, i) => i);
  const work = async (hash: (file: FileToHash) => Promise<HashedInput>) => {
    for (let i = order.shift(); i !== undefined; i = order.shift()) {
      if (signal.aborted) throw new Interrupted('Stopped.');
      const { path, identity: before } = files[i]!;
      const { sha256, identity } = await hash(files[i]!);
      if (!isSame(identity, before)) throw new ChangedInput(path, 'while it was read');
      hashes[i] = sha256;
    }
  };
  if (threads === 0) {
    await work(({ path, kind }) => hashInput(path, kind, signal));
    return hashes;
  }
  const lanes = Array.from(
    { length: threads },
    () => new TaskThread<HashTask, HashedInput>('hashWorker.cjs', 'hashes files'),
  );
  const end = (reason: unknown) => Promise.all(lanes.map((lane) => lane.end(reason)));
  const abort = () => void end(new Interrupted('Stopped.'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.all(lanes.map((lane) => work(({ path, kind }) => lane.run({ path, kind }))));
    return hashes;
  } finally {
    signal.removeEventListener('abort', abort);
    await end(new RunError('Hashing has ended.'));
  }
}
