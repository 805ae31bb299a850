import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError } from '../../errors.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readInput } from '../../files/reading/readInput.ts';
import { quotedPath, shown } from '../../files/reading/shown.ts';
import { cardName, frontMatter } from '../card/parentCard.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';
import { hubAddress, repositoryId } from './hubAddress.ts';
import { hubFetch, type PlainFetch } from './hubFetch.ts';
import { askWho, type HubAccess, hubFault, type RemoteFile, remoteRepository } from './hubRepository.ts';
import { readHubToken } from './hubToken.ts';
import { filesToPush, type HashedFile, hashToPush } from './pushFiles.ts';

/* What an upload to the Hub would do, before anything is sent: which files, into which repository, what is replaced, what is shown there. */

export interface PushOptions {
  /** The checkpoint's folder. */
  readonly folder: string;
  /** `ORG/NAME`. */
  readonly repository: string;
  /** Of a repository that is made. */
  readonly isPrivate: boolean;
}

export interface PushContext {
  readonly signal: AbortSignal;
  readonly onEvent: OnRunEvent;
  /** Goes through the proxy that is set. */
  readonly fetch: PlainFetch;
  readonly environment?: NodeJS.ProcessEnv;
  /** As in {@link hubFetch}. */
  readonly second?: number;
}

/** `new`, or already there with the same content, or in the place of something else. */
export type FileState = 'new' | 'same' | 'replaced';

export interface PlannedFile extends HashedFile {
  readonly state: FileState;
}

export interface PushPlan {
  readonly folder: string;
  readonly repository: string;
  readonly access: HubAccess;
  /** Of the token; undefined without one. */
  readonly user: string | undefined;
  readonly exists: boolean;
  readonly isPrivate: boolean;
  /** The commit that was looked at. */
  readonly parent: string | undefined;
  readonly files: readonly PlannedFile[];
  readonly leftOut: readonly string[];
  /** Paths in the repository that the folder does not have; they stay. */
  readonly staying: readonly string[];
  /** Fields of the model card that the Hub shows; undefined without a card. */
  readonly card: Readonly<Record<string, string>> | undefined;
  /** Files that name folders of this machine. */
  readonly local: readonly string[];
}

const shownFields = ['license', 'base_model', 'base_model_relation', 'library_name', 'pipeline_tag', 'tags'] as const;
const textFile = /\.(json|jsonl|md|ya?ml|txt|jinja|py)$/i;
/** What transformers would load in place of, or beside, what is uploaded. */
const weights =
  /^(model|pytorch_model|adapter_model|tf_model|consolidated).*\.(safetensors|bin|index\.json|h5|pth|msgpack)$|^model.*\.gguf$/;

async function cardOf(folder: string, files: readonly HashedFile[]): Promise<PushPlan['card']> {
  if (!files.some(({ path }) => path === cardName)) return undefined;
  const { bytes } = await readInput(join(folder, cardName), inputKinds.modelCard);
  const yaml = frontMatter(new TextDecoder().decode(bytes));
  const document = yaml === undefined ? undefined : parseDocument(yaml, { logLevel: 'silent' });
  if (document === undefined || document.errors.length > 0 || !isMap(document.contents)) return {};
  const fields = document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>;
  const texts = shownFields.flatMap((name): [string, string][] => {
    const value = fields[name];
    const text = Array.isArray(value) ? value.map(String).join(', ') : typeof value === 'string' ? value : '';
    return text === '' ? [] : [[name, text]];
  });
  return Object.fromEntries(texts);
}

/** Small texts that hold the home folder's path, or that of the folder the checkpoint lies in. */
async function namingThisMachine(folder: string, files: readonly HashedFile[]): Promise<string[]> {
  const places = [homedir(), dirname(folder)].filter((place) => place.length > 1);
  const found: string[] = [];
  for (const { path, place, bytes } of files) {
    if (!textFile.test(path) || bytes > 50e6) continue;
    const text = new TextDecoder().decode((await readInput(place, inputKinds.modelCard)).bytes);
    // As JSON spells them too.
    const named = (each: string) => text.includes(each) || text.includes(JSON.stringify(each).slice(1, -1));
    if (places.some(named)) found.push(path);
  }
  return found;
}

/** Whether the Hub has this very content. */
export function isSameFile({ sha256, gitSha1, bytes }: HashedFile, remote: RemoteFile | undefined): boolean {
  if (remote === undefined || remote.bytes !== bytes) return false;
  if (remote.sha256 !== undefined) return remote.sha256 === sha256;
  return gitSha1 !== undefined && remote.gitSha1 === gitSha1;
}

/** @throws InputError for what is no whole checkpoint */
async function checkpointFolder(named: string): Promise<string> {
  const { folder, kind } = await locateCheckpoint(named);
  if (kind === 'adapter')
    throw new InputError(`${quotedPath(folder)} is a LoRA adapter: commit it, and upload the checkpoint.`);
  await openCheckpoint(folder);
  return folder;
}

async function hashed(folder: string, { signal, onEvent }: PushContext) {
  const { files, leftOut } = await filesToPush(folder);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const found: HashedFile[] = [];
  for (const file of files) {
    found.push(
      await hashToPush(file, signal, (bytes) => {
        done += bytes;
        onEvent({ type: 'progress', phase: 'check', done, total, unit: 'bytes' });
      }),
    );
  }
  return { files: found, leftOut };
}

/**
 * Looks at both sides. Asks the Hub who the token is of, whether the repository is there and what lies in it; sends nothing of the
 * checkpoint.
 *
 * @throws InputError for a folder, repository, address or token that cannot be used
 * @throws RunError when the Hub cannot be reached or does not answer as it does; Interrupted on abort
 */
export async function planPush(options: PushOptions, context: PushContext): Promise<PushPlan> {
  const { signal, onEvent, environment = process.env, second } = context;
  const repository = repositoryId(options.repository);
  const address = hubAddress(environment);
  const token = await readHubToken(environment);
  const folder = await checkpointFolder(options.folder);
  const ask = hubFetch({
    ...{ address, token, fetch: context.fetch, signal, onSent: () => {} },
    onWait: (text) => onEvent({ type: 'note', text }),
    ...(second && { second }),
  });
  const access: HubAccess = { address, token, fetch: ask };
  try {
    const user = await askWho(access, signal);
    const remote = await remoteRepository(access, repository, signal);
    if (remote !== undefined && !remote.isPrivate && options.isPrivate) {
      throw new InputError(
        `${shown(repository)} is there and public: leave --private out, or make it private on the Hub first.`,
      );
    }
    onEvent({ type: 'phase', phase: 'check' });
    const { files, leftOut } = await hashed(folder, context);
    const there = new Map(remote?.files.map((file) => [file.path, file]));
    const planned = files.map((file): PlannedFile => {
      const other = there.get(file.path);
      return { ...file, state: other === undefined ? 'new' : isSameFile(file, other) ? 'same' : 'replaced' };
    });
    const own = new Set(files.map(({ path }) => path));
    const staying = [...there.keys()].filter((path) => !own.has(path)).sort();
    const stale = staying.find((path) => weights.test(path));
    if (stale !== undefined) {
      throw new InputError(
        `${shown(repository)} has other weights, ${shown(stale)}, which would be loaded beside or in place of these: choose another repository, or delete them on the Hub first.`,
      );
    }
    return {
      ...{ folder, repository, access, user, exists: remote !== undefined, parent: remote?.commit },
      ...{ isPrivate: remote?.isPrivate ?? options.isPrivate, files: planned, leftOut, staying },
      card: await cardOf(folder, files),
      local: await namingThisMachine(folder, files),
    };
  } catch (error) {
    throw hubFault(error, access, repository);
  }
}
