import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { identityAt } from '../../files/reading/fileIdentity.ts';
import { isWithin, realPathOf } from '../../files/reading/realPath.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { makeFolders } from '../../files/writing/diskOperations.ts';
import { checkFreeSpace } from '../../files/writing/freeSpace.ts';
import { isScratchCheckpoint } from '../../files/writing/scratchCheckpoint.ts';
import { showBytes } from '../../settings/memorySize.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';
import { clusterRunVariable, copiesFolder, copyName, makeCopiesFolder } from './copiesFolder.ts';
import { bytesUnderWay, clearLeftovers, isWhole, type LocalCopy, localCopies, takeCopy } from './localCopy.ts';

/* Checkpoints on the node's own disk: each of their files is copied once a node, by whichever process comes first. */

/** Files that one process copies at a time. */
const lanes = 4;
/** Between two looks at what another process copies, ms. */
const pause = 300;
/** A process that copies nothing for so long is not waited for any more, ms. */
const usualPatience = 120_000;

const remedy = 'make room there, name another place with --stage, or leave --stage out';

export interface StagingOptions {
  /** As `--stage` names it. */
  readonly place: string;
  readonly onEvent: OnRunEvent;
  /** ms; two minutes unless said. */
  readonly patience?: number;
}

/** Local copies of the checkpoints that one command reads. The originals stay what records name. */
export class StagedCheckpoints {
  readonly #options: StagingOptions;
  readonly #known = new Map<string, Promise<string>>();

  constructor(options: StagingOptions) {
    this.#options = options;
  }

  /**
   * The folder to read a checkpoint from: its copy's; its own where it is a temporary one of this program's, or where
   * another process copies it and gets nowhere.
   *
   * @throws InputError when there is no room, or something cannot be read or written; ChangedInput when a file changed since
   *   it was opened; Interrupted on abort
   */
  async folderOf(folder: string, signal: AbortSignal): Promise<string> {
    if (isScratchCheckpoint(folder)) return folder;
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const made = openCheckpoint(folder).then((checkpoint) => this.#stage(checkpoint, signal));
    this.#known.set(folder, made);
    // The next request tries again.
    made.catch(() => this.#known.delete(folder));
    return made;
  }

  /** The same checkpoint with its weights read from their copies. @throws as {@link folderOf} */
  async checkpoint(checkpoint: Checkpoint, signal: AbortSignal): Promise<Checkpoint> {
    if (checkpoint.merged !== undefined) return checkpoint;
    const folder = await this.folderOf(checkpoint.folder, signal);
    if (folder === checkpoint.folder) return checkpoint;
    const shards = checkpoint.shards.map(async (shard) => {
      const path = join(folder, shard.name);
      return { ...shard, path, identity: (await identityAt(path)) ?? shard.identity };
    });
    return { ...checkpoint, shards: await Promise.all(shards) };
  }

  async #stage(checkpoint: Checkpoint, signal: AbortSignal): Promise<string> {
    const { place, onEvent } = this.#options;
    const all = copiesFolder(place);
    const own = await realpath(checkpoint.folder);
    if (isWithin(await realPathOf(all), own)) {
      throw new InputError(
        `The folder of local copies, ${quotedPath(all)}, lies inside ${quotedPath(checkpoint.folder)}: name another place with --stage.`,
      );
    }
    await makeCopiesFolder(all);
    const folder = join(all, copyName(own));
    const notes = `${folder}.notes`;
    await makeFolders(folder);
    await makeFolders(notes);
    const files = localCopies(checkpoint.files, folder, notes);
    const missing = await notWhole(files);
    if (missing.length === 0) return folder;
    await checkRoom(missing, folder, checkpoint.folder);
    const bytes = missing.reduce((sum, { identity }) => sum + identity.bytes, 0);
    const started = performance.now();
    onEvent({
      type: 'note',
      text: `Copying ${showBytes(bytes)} of "${basename(own)}" to this machine's "${folder}".`,
    });
    const busy = await copyAll(missing, signal);
    if (!(await this.#waitFor(busy, signal))) {
      onEvent({
        type: 'warning',
        text: `Another process copies ${quotedPath(checkpoint.folder)} to "${folder}" and gets nowhere: it is read where it is.`,
      });
      return checkpoint.folder;
    }
    const seconds = (performance.now() - started) / 1000;
    const after =
      process.env[clusterRunVariable] === undefined
        ? `The copy stays for other work; when none needs it, delete "${all}".`
        : 'The run deletes it when it ends.';
    const text = `Copied in ${seconds.toFixed(1)} s. ${after}`;
    onEvent({ type: 'note', text });
    return folder;
  }

  /** Waits for what other processes copy, and takes over what they left. @returns false where they get nowhere */
  async #waitFor(busy: readonly LocalCopy[], signal: AbortSignal): Promise<boolean> {
    const { patience = usualPatience } = this.#options;
    let left = busy;
    let seen = '';
    let since = performance.now();
    while (left.length > 0) {
      if (signal.aborted) throw new Interrupted('Stopped while a checkpoint was copied.');
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
      left = await copyAll(left, signal);
      const now = `${left.length} ${(await Promise.all(left.map(bytesUnderWay))).join(' ')}`;
      if (now !== seen) since = performance.now();
      seen = now;
      if (performance.now() - since > patience) return false;
    }
    return true;
  }
}

async function notWhole(files: readonly LocalCopy[]): Promise<readonly LocalCopy[]> {
  const whole = await Promise.all(files.map(isWhole));
  return files.filter((_, at) => whole[at] !== true);
}

/** What others are at has taken its room, as far as they are. */
async function checkRoom(missing: readonly LocalCopy[], folder: string, original: string): Promise<void> {
  for (const file of missing) await clearLeftovers(file);
  const needed = await Promise.all(
    missing.map(async (file) => Math.max(0, file.identity.bytes - (await bytesUnderWay(file)))),
  );
  const sum = needed.reduce((all, bytes) => all + bytes, 0);
  await checkFreeSpace(folder, sum, `the copy of ${quotedPath(original)}`, remedy);
}

/** Copies what nobody else is at. @returns what others are at */
async function copyAll(files: readonly LocalCopy[], signal: AbortSignal): Promise<readonly LocalCopy[]> {
  // The largest first, and in an odd order among tasks that start together: they meet less.
  const waiting = files.toSorted((one, other) => other.identity.bytes - one.identity.bytes);
  const busy: LocalCopy[] = [];
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if ((await takeCopy(next, either)) === 'busy') busy.push(next);
    }
  };
  const working = Array.from({ length: Math.min(lanes, files.length) }, () =>
    lane().catch((error: unknown) => {
      stop.abort();
      waiting.length = 0;
      throw error;
    }),
  );
  const ends = await Promise.allSettled(working);
  // The first cause, not what it stopped.
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const cause = failures.find((error) => !(error instanceof Interrupted)) ?? failures[0];
  if (cause !== undefined) throw cause;
  return busy;
}
