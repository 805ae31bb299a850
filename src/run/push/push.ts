import { commitIter, HubApiError } from '@huggingface/hub';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { shown, shownCount } from '../../files/reading/shown.ts';
import { program } from '../../settings/programInfo.ts';
import { hubFetch, Unreachable } from './hubFetch.ts';
import {
  createRepository,
  type HubAccess,
  hubFault,
  isOfStorage,
  remoteFiles,
  remoteRepository,
} from './hubRepository.ts';
import { InputBlob } from './inputBlob.ts';
import { isSameFile, type PlannedFile, type PushContext, type PushPlan } from './pushPlan.ts';

/* Uploads a checkpoint as it was planned, in one commit, and compares what the Hub has then. */

/** A push that was made. */
export interface Pushed {
  /** Address of the repository. */
  readonly url: string;
  /** Files that were sent, and those that were there before. */
  readonly sent: number;
  readonly same: number;
  /** The commit; undefined where nothing was to be sent. */
  readonly commit: string | undefined;
}

/** How often a commit is tried whose answer was lost. */
const mostAttempts = 3;

/** Address of the repository, for people. */
export function repositoryUrl({ access, repository }: Pick<PushPlan, 'access' | 'repository'>): string {
  return `${access.address}/${repository}`;
}

/** Files whose content at the Hub is not that of the folder. */
async function differing(files: readonly PlannedFile[], access: HubAccess, id: string): Promise<string[]> {
  const there = new Map((await remoteFiles(access, id)).map((file) => [file.path, file]));
  return files.filter((file) => !isSameFile(file, there.get(file.path))).map(({ path }) => path);
}

/** @throws InputError when what is there would be replaced, and that was not agreed to */
export function checkReplacing({ files, repository }: PushPlan, overwrite: boolean): void {
  const replaced = files.filter(({ state }) => state === 'replaced');
  if (replaced.length === 0 || overwrite) return;
  const names = replaced.map(({ path }) => shown(path));
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  throw new InputError(
    `${shown(repository)} has ${shownCount(replaced.length, 'file')} with other content (${names.slice(0, 5).join(', ')}${more}): choose another repository, or pass --overwrite.`,
  );
}

/**
 * Uploads. Large files that the Hub has already, of a push that was stopped too, are not sent again.
 *
 * @throws InputError when the token may not write; RunError when the Hub cannot be reached, was changed meanwhile, or has other
 *   content afterwards; Interrupted on abort
 */
export async function push(plan: PushPlan, context: PushContext): Promise<Pushed> {
  const { repository: id, files, access: asked } = plan;
  const { signal, onEvent, second } = context;
  if (asked.token === undefined) {
    throw new InputError('There is no token for the Hub: set HF_TOKEN, or log in with "hf auth login".');
  }
  const changed = files.filter(({ state }) => state !== 'same');
  const done = { url: repositoryUrl(plan), sent: changed.length, same: files.length - changed.length };
  const progress = new Upload(changed, (sent, total) =>
    onEvent({ type: 'progress', phase: 'upload', done: sent, total, unit: 'bytes' }),
  );
  const { address, token } = asked;
  const fetch = hubFetch({
    ...{ address, token, fetch: context.fetch, signal, onSent: progress.sent },
    onWait: (text) => onEvent({ type: 'note', text }),
    ...(second && { second }),
  });
  const access: HubAccess = { address, token, fetch };
  onEvent({ type: 'phase', phase: 'upload' });
  try {
    if (!plan.exists) await createRepository(access, id, plan.isPrivate, signal);
    if (changed.length === 0) return { ...done, commit: undefined };
    let commit: string | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        const parent = plan.parent ?? (await remoteRepository(access, id, signal))?.commit;
        commit = await commitFiles(changed, id, parent, access, signal, progress);
        break;
      } catch (error) {
        const lost =
          error instanceof Unreachable ||
          (error instanceof HubApiError && (error.statusCode >= 500 || isOfStorage(error, address)));
        if (!lost || attempt === mostAttempts) throw error;
        // Its answer may be all that was lost.
        if ((await differing(changed, access, id)).length === 0) break;
        onEvent({ type: 'warning', text: `${(hubFault(error, access, id) as Error).message} Trying again.` });
      }
    }
    for (const { path } of changed) progress.whole(path);
    const wrong = await differing(files, access, id);
    if (wrong.length === 0) return { ...done, commit };
    throw new RunError(
      `${shown(id)} has other content than the folder in ${wrong.slice(0, 5).map(shown).join(', ')}: upload it again, and do not use what is there.`,
    );
  } catch (error) {
    const fault = hubFault(error, access, id);
    if (fault instanceof Interrupted || signal.aborted) {
      throw new Interrupted(
        progress.committing
          ? 'Interrupted while the commit was made or compared: the same command looks what is there, and goes on.'
          : 'Interrupted. Nothing was committed; large files that are up are not sent again by the same command.',
      );
    }
    throw fault;
  }
}

async function commitFiles(
  files: readonly PlannedFile[],
  id: string,
  parentCommit: string | undefined,
  { address: hubUrl, fetch }: HubAccess,
  signal: AbortSignal,
  progress: Upload,
): Promise<string | undefined> {
  const operations = files.map(({ path, place, identity }) => ({
    ...{ operation: 'addOrUpdate' as const, path, content: new InputBlob(place, identity) },
  }));
  const commit = commitIter({
    ...{ repo: id, title: 'Upload checkpoint', description: `By ${program.name} ${program.version}.` },
    ...{ operations, hubUrl, fetch, abortSignal: signal, useXet: false },
    ...(parentCommit !== undefined && { parentCommit }),
  });
  for (;;) {
    const { value, done } = await commit.next();
    if (done === true) return value?.commit.oid;
    if (value.event === 'phase' && value.phase === 'committing') progress.committing = true;
    if (value.event === 'fileProgress' && value.state === 'uploading' && value.progress === 1)
      progress.whole(value.path);
  }
}

/** How much is up of all files. */
class Upload {
  readonly #sizes: ReadonlyMap<string, PlannedFile>;
  readonly #places: ReadonlyMap<string, PlannedFile>;
  readonly #up = new Map<string, number>();
  readonly #total: number;
  readonly #onBytes: (sent: number, total: number) => void;
  /** All files are up, and the Hub was asked to commit them: it may have done so. */
  committing = false;

  constructor(files: readonly PlannedFile[], onBytes: (sent: number, total: number) => void) {
    this.#sizes = new Map(files.map((file) => [file.path, file]));
    this.#places = new Map(files.map((file) => [file.place, file]));
    this.#total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#onBytes = onBytes;
  }

  /** Bytes of the file in a place of this machine were sent, or are to be sent again. */
  readonly sent = (place: string, bytes: number): void => {
    const file = this.#places.get(place);
    if (file === undefined) return;
    const up = (this.#up.get(file.path) ?? 0) + bytes;
    this.#tell(file, Math.min(Math.max(up, 0), file.bytes));
  };

  /** A file is up. */
  whole(path: string): void {
    const file = this.#sizes.get(path);
    if (file !== undefined) this.#tell(file, file.bytes);
  }

  #tell({ path }: PlannedFile, bytes: number): void {
    this.#up.set(path, bytes);
    let sum = 0;
    for (const each of this.#up.values()) sum += each;
    this.#onBytes(sum, this.#total);
  }
}
