import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError, RunError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { partialName, partialStem } from '../../files/reading/partialName.ts';
import { quotedPath, shownReason } from '../../files/reading/shown.ts';
import { rename } from '../../files/writing/diskOperations.ts';
import { syncFolder } from '../../files/writing/syncFolder.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { AppendedFile } from '../resume/appendedFile.ts';
import { differences } from '../resume/resumeStore.ts';
import { encodeFrame, encodeJson, type FrameKind, frameKinds } from './file/frames.ts';
import type { ShardEnd, ShardHeader } from './file/shardContent.ts';
import { type ScannedShard, sampleKind, scanShard } from './file/shardFile.ts';
import { removeFile, scoresSuffix, shardFiles } from './shardFolder.ts';

/*
 * A process at work on a shard. It appends finished samples to a file of its own, which gets the partial's name when the
 * shard is finished. Another attempt may have been begun before, and may still run: its node may have been given up for dead
 * while the process lives. So an attempt never writes to another's file: it takes over what is whole in it, and then
 * deletes it, by which the older one knows that it is to stop. No lock is needed, which on network file systems may hang or
 * be nobody's.
 */

/** This attempt is to stop, since a newer one goes on, or another has finished. */
export class TakenOver extends RunError {
  constructor(path: string) {
    super(
      `Another attempt at the same shard has taken over (${quotedPath(path)} is gone): this one stops, and that one goes on.`,
    );
  }
}

interface Before {
  readonly path: string;
  readonly attempt: string;
}

export class ShardAttempt {
  /** Samples taken over from an earlier attempt. */
  readonly restored: number;
  /** How its work was cut, if anything was planned. */
  readonly restoredCut: string | undefined;
  readonly #file: AppendedFile;
  readonly #final: string;
  readonly #header: ShardHeader;
  readonly #hash = createHash('sha256');
  #samples = 0;
  #cut: string | undefined;

  private constructor(file: AppendedFile, final: string, header: ShardHeader, from: ScannedShard | undefined) {
    this.#file = file;
    this.#final = final;
    this.#header = header;
    this.restored = from?.samples ?? 0;
    this.restoredCut = from?.cut;
  }

  /**
   * Begins an attempt, with what an earlier one has finished.
   *
   * @throws InputError when the folder cannot be written, or what is there is of another run
   */
  static async begin(folder: string, header: ShardHeader): Promise<ShardAttempt> {
    const before = await attemptsAt(folder, header);
    const best = await furthest(before, header);
    const hardware = [...new Set([...header.hardware, ...(best?.header.hardware ?? [])])];
    const number = 1 + Math.max(0, ...before.map(({ attempt }) => Number(attempt.slice(0, 6))));
    const name = `${String(number).padStart(6, '0')}-${randomBytes(8).toString('hex')}`;
    const file = new AppendedFile(join(folder, `${partialStem(header)}.attempt-${name}`));
    const own = new ShardAttempt(file, join(folder, partialName(header)), { ...header, hardware }, best);
    try {
      own.#append(frameKinds.header, encodeJson({ ...header, hardware }));
      if (best !== undefined) await own.#takeOver(best);
      // Looked for again: of two that were begun at once, one at least sees the other.
      for (const each of await attemptsAt(folder, header)) if (each.attempt < name) await removeAttempt(each.path);
      return own;
    } catch (error) {
      await own.abandon();
      throw writeFault(error, folder);
    }
  }

  /** The place of the finished shard. */
  get partial(): string {
    return this.#final;
  }

  /**
   * Says how the work is cut, before any sample.
   *
   * @throws RunError where what is finished was cut otherwise
   */
  cut(cut: string): void {
    if (cut === this.#cut) return;
    if (this.#cut !== undefined) {
      throw new RunError(
        `Memory ran out, or what is finished of this shard was cut to fit another amount of it: all shards must be cut alike. ` +
          `Give all of them less with --memory, and begin them anew in another folder (--partials).`,
      );
    }
    this.#cut = cut;
    this.#append(frameKinds.cut, encodeJson({ cut }));
  }

  /** Where the scores of this attempt's targets are written before they are appended. */
  get scoresPath(): string {
    return `${this.#file.path}${scoresSuffix}`;
  }

  /** Appends a target's scores, before its sample. @throws as {@link add} */
  addScores(row: Uint8Array): void {
    this.#checkOwn();
    this.#append(frameKinds.scores, row);
  }

  /** Appends a finished sample. @throws TakenOver when a newer attempt goes on; InputError when the disk is full */
  add(payload: Uint8Array): void {
    this.#checkOwn();
    this.#add(payload);
  }

  /**
   * Makes the file whole and durable and gives it the partial's name. Where a newer attempt was quicker, its file stays.
   *
   * @throws TakenOver when a newer attempt goes on; InputError when the disk is full
   */
  async finish(end: Omit<ShardEnd, 'samples' | 'resumed' | 'sha256'>): Promise<void> {
    const sha256 = this.#hash.copy().digest('hex');
    this.#append(frameKinds.end, encodeJson({ samples: this.#samples, resumed: this.restored, ...end, sha256 }));
    this.#file.close();
    try {
      await rename(this.#file.path, this.#final);
    } catch (error) {
      if (await exists(this.#file.path)) throw writeFault(error, this.#final);
      if (!(await exists(this.#final))) throw new TakenOver(this.#file.path);
    }
    const folder = dirname(this.#final);
    await syncFolder(folder);
    for (const { path } of await attemptsAt(folder, this.#header)) await removeAttempt(path);
  }

  /** Makes durable what is finished, for the next attempt. Once closed, closing again does nothing. */
  close(): void {
    try {
      this.#file.close();
    } catch (error) {
      if (isThere(this.#file.path)) throw error;
    }
  }

  /** Deletes what is finished: nobody is to take it up. */
  async abandon(): Promise<void> {
    this.#file.drop();
    await removeFile(this.#file.path).catch(() => undefined);
  }

  async #takeOver({ path, samples, cut }: ScannedShard): Promise<void> {
    if (cut !== undefined) this.cut(cut);
    let taken = 0;
    const take = (payload: Uint8Array) => {
      // It may have gone on meanwhile.
      if (taken++ < samples) this.#add(payload);
    };
    await scanShard(path, take, (payload) => {
      if (taken < samples) this.#append(frameKinds.scores, payload);
    });
    if (this.#samples !== samples) throw new InputError(`${quotedPath(path)} changed while it was read: try again.`);
  }

  #add(payload: Uint8Array): void {
    this.#append(sampleKind(this.#header.phase), payload);
    this.#samples++;
  }

  #append(kind: FrameKind, payload: Uint8Array): void {
    try {
      for (const part of encodeFrame(kind, payload)) {
        this.#hash.update(part);
        this.#file.append(part);
      }
    } catch (error) {
      // Of a file that another host has deleted, network file systems tell so.
      this.#checkOwn();
      throw error;
    }
  }

  #checkOwn(): void {
    if (!isThere(this.#file.path) || isThere(this.#final, false)) throw new TakenOver(this.#file.path);
  }
}

/** Deletes what another attempt has left. Its scores first: they are found by it. */
async function removeAttempt(path: string): Promise<void> {
  await removeFile(`${path}${scoresSuffix}`);
  await removeFile(path);
}

/** What a network file system cannot tell for the moment is taken to be as it was. */
function isThere(path: string, otherwise = true): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return otherwise;
  }
}

async function attemptsAt(folder: string, header: ShardHeader): Promise<Before[]> {
  const stem = partialStem(header);
  return (await shardFiles(folder)).flatMap(({ place, attempt, path }) =>
    attempt !== undefined && partialStem(place) === stem ? [{ path, attempt }] : [],
  );
}

/**
 * What a new attempt takes of a disk beside what is there: it copies the furthest of those before, and then deletes them all.
 *
 * @param whole bytes of the finished shard, with what lies beside it
 */
export async function roomForAttempt(folder: string, header: ShardHeader, whole: number): Promise<number> {
  const bytesOf = async (path: string) => (await stat(path).catch(() => undefined))?.size ?? 0;
  const paths = (await attemptsAt(folder, header)).map(({ path }) => path);
  const attempts = await Promise.all(paths.map(bytesOf));
  const scores = await Promise.all(paths.map((path) => bytesOf(`${path}${scoresSuffix}`)));
  const freed = [...attempts, ...scores].reduce((sum, bytes) => sum + bytes, 0);
  return Math.max(whole - freed, 0, ...attempts);
}

/** The attempt that has finished most. @throws InputError when one is of another run */
async function furthest(before: readonly Before[], header: ShardHeader): Promise<ScannedShard | undefined> {
  let best: ScannedShard | undefined;
  for (const { path } of before) {
    const found = await scanShard(path).catch(async (error: unknown) => {
      // One that still runs deletes what it has taken over, or is renamed.
      if (await exists(path)) throw error;
      return undefined;
    });
    if (found === undefined) continue;
    checkSameRun(path, found.header, header);
    if (found.samples > (best?.samples ?? -1)) best = found;
  }
  return best;
}

/**
 * Checks that what lies in the folder is of this run.
 *
 * @throws InputError naming what differs
 */
export function checkSameRun(path: string, found: ShardHeader, own: ShardHeader): void {
  const changed = differences(found.pins, own.pins);
  if (changed.length === 0 && found.targets !== own.targets) changed.push('targets');
  if (changed.length === 0 && found.scores !== own.scores) throw otherScores(path, found);
  if (changed.length === 0) return;
  throw new InputError(
    `${quotedPath(path)} is of another run, with another ${shownReason(changed.join(', '))}: ` +
      `delete "${dirname(path)}", or choose another folder with --partials.`,
  );
}

function otherScores(path: string, { scores, index, count }: ShardHeader): InputError {
  return new InputError(
    scores === true
      ? `${quotedPath(path)} holds every target's scores: say with --scores where they are to go.`
      : `${quotedPath(path)} holds no scores: delete it, and make that shard again with --shard ${index}/${count} --phase attribution --scores, or leave --scores out.`,
  );
}
