import { HubApiError, listFiles } from '@huggingface/hub';
import { z } from 'zod';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { shown, shownReason } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';
import type { PlainFetch } from './hubFetch.ts';
import { type HubToken, withoutToken } from './hubToken.ts';

/* A repository on the Hub: who asks, whether it is there, what lies in it. */

/** Where and by whom the Hub is asked. */
export interface HubAccess {
  readonly address: string;
  readonly token: HubToken | undefined;
  readonly fetch: PlainFetch;
}

/** A file in a repository. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
  /** Of a large file. */
  readonly sha256: string | undefined;
  /** Of a file that lies in git itself. */
  readonly gitSha1: string | undefined;
}

export interface RemoteRepository {
  readonly isPrivate: boolean;
  /** The branch's commit; undefined where it has none. */
  readonly commit: string | undefined;
  readonly files: readonly RemoteFile[];
}

/** Far more than a repository of a model has; a server could go on for ever. */
const mostRemoteFiles = 100_000;

const userSchema = z.object({ name: z.string() });
const repositorySchema = z.object({ private: z.boolean().default(false), sha: z.string().nullish() });

/** Whether it is the storage of large files that refuses, which knows no token, and whose addresses hold for a while only. */
export function isOfStorage({ url }: HubApiError, address: string): boolean {
  return URL.canParse(url) && new URL(url).origin !== new URL(address).origin;
}

/** A refusal of the Hub's in a sentence that says what to do. */
export function hubFault(error: unknown, { address, token }: HubAccess, id: string): unknown {
  if (error instanceof InputError || error instanceof RunError || error instanceof Interrupted) return error;
  const { host } = new URL(address);
  if (!(error instanceof HubApiError)) {
    const reason = shownReason(withoutToken(error instanceof Error ? error.message : String(error), token));
    return new RunError(`${host} answers in a way that is not understood: ${reason}.`, { cause: error });
  }
  const { statusCode } = error;
  // What follows the question mark of an address of the storage lets whoever has it write there.
  const said = shownReason(withoutToken(error.message, token).replace(/(https?:\/\/[^\s?]+)\?\S+/g, '$1'));
  if (isOfStorage(error, address)) {
    return new RunError(`The storage of ${host} refuses with status ${statusCode}: ${said}`, { cause: error });
  }
  const from =
    token === undefined ? 'there is none: set HF_TOKEN, or log in with "hf auth login"' : `from ${token.source}`;
  if (statusCode === 401) return new InputError(`${host} does not take the token (${from}): ${said}`);
  if (statusCode === 403) {
    return new InputError(`${host} does not let the token (${from}) write to ${shown(id)}: ${said}`);
  }
  if (statusCode === 404)
    return new InputError(`${host} has no repository ${shown(id)} that the token (${from}) may see.`);
  if (statusCode === 409 || statusCode === 412) {
    return new RunError(`${shown(id)} was changed by somebody else meanwhile: run the command again. (${said})`);
  }
  return new RunError(`${host} refuses with status ${statusCode}: ${said}`);
}

/** The Hub's own words of a refusal, where it has any. */
function refusal({ url, status }: Response, text: string): HubApiError {
  let said = text;
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) && typeof value['error'] === 'string') said = value['error'];
  } catch {
    // A proxy's page, say.
  }
  return new HubApiError(url, status, undefined, said.trim() === '' ? 'nothing more' : said);
}

async function json(access: HubAccess, path: string, signal: AbortSignal): Promise<{ status: number; value: unknown }> {
  const response = await access.fetch(`${access.address}${path}`, { signal, headers: { accept: 'application/json' } });
  const text = await response.text();
  if (response.ok) {
    try {
      return { status: response.status, value: JSON.parse(text) as unknown };
    } catch {
      throw new RunError(
        `${new URL(access.address).host} answers ${path} with something that is no JSON: is HF_ENDPOINT a Hub?`,
      );
    }
  }
  if (response.status === 404 || response.status === 401 || response.status === 403) {
    return { status: response.status, value: undefined };
  }
  throw refusal(response, text);
}

function parsed<Value>(schema: z.ZodType<Value>, value: unknown, { address }: HubAccess): Value {
  const { success, data } = schema.safeParse(value);
  if (success) return data;
  throw new RunError(`${new URL(address).host} answers in a way that is not understood: is HF_ENDPOINT a Hub?`);
}

/** The user's name; undefined without a token. @throws InputError where the token is not taken */
export async function askWho(access: HubAccess, signal: AbortSignal): Promise<string | undefined> {
  if (access.token === undefined) return undefined;
  const { status, value } = await json(access, '/api/whoami-v2', signal);
  if (value === undefined) throw new HubApiError('', status, undefined, 'it may have been revoked.');
  return parsed(userSchema, value, access).name;
}

/** The files at a commit or branch. */
export async function remoteFiles(access: HubAccess, id: string, revision = 'main'): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  const { address: hubUrl, fetch } = access;
  for await (const { type, path, size, oid, lfs } of listFiles({
    repo: id,
    recursive: true,
    revision,
    hubUrl,
    fetch,
  })) {
    if (type !== 'file') continue;
    if (files.length === mostRemoteFiles) throw new RunError(`${shown(id)} has more than ${mostRemoteFiles} files.`);
    files.push({ path, bytes: lfs?.size ?? size, sha256: lfs?.oid, gitSha1: lfs === undefined ? oid : undefined });
  }
  return files;
}

/** Undefined where there is none that the token may see. */
export async function remoteRepository(
  access: HubAccess,
  id: string,
  signal: AbortSignal,
): Promise<RemoteRepository | undefined> {
  const { status, value } = await json(access, `/api/models/${id}`, signal);
  if (status === 403) throw new HubApiError('', status, undefined, 'it may not be seen.');
  if (value === undefined) return undefined;
  const { private: isPrivate, sha } = parsed(repositorySchema, value, access);
  return { isPrivate, commit: sha ?? undefined, files: sha ? await remoteFiles(access, id) : [] };
}

/** Makes a repository. One that is there by now is taken as it is. */
export async function createRepository(
  access: HubAccess,
  id: string,
  isPrivate: boolean,
  signal: AbortSignal,
): Promise<void> {
  const [organization, name] = id.split('/');
  const response = await access.fetch(`${access.address}/api/repos/create`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'model', name, organization, private: isPrivate }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 409) throw refusal(response, text);
}
