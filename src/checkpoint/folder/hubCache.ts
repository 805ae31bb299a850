import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shellCommand } from '../../files/reading/shellWord.ts';
import { shown } from '../../files/reading/shown.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { type HubId, hubCacheFolder, hubEntryName, parseHubId } from './hubId.ts';

/* Finds models in the local Hub cache. Nothing is downloaded: what is not there is named with the command that gets it. */

/** The command that downloads a model, or what is missing of it. */
export function downloadCommand({ id, revision }: HubId): string {
  return shellCommand('hf', 'download', id, ...(revision === undefined ? [] : ['--revision', revision]));
}

/** The commit that a branch or tag stood for when it was downloaded. */
async function referredCommit(entry: string, revision: string): Promise<string | undefined> {
  const path = join(entry, 'refs', ...revision.split('/'));
  const text = await readTextFile(path, inputKinds.hubReference).catch(() => undefined);
  const commit = text?.trim();
  return commit !== undefined && /^[0-9a-f]{7,64}$/.test(commit) ? commit : undefined;
}

async function snapshotsOf(entry: string): Promise<string[]> {
  return (await readdir(join(entry, 'snapshots')).catch(() => [])).sort();
}

/** Where a commit, or the only one that begins so, lies. */
async function commitFolder(entry: string, revision: string): Promise<string | undefined> {
  const snapshots = await snapshotsOf(entry);
  const like = /^[0-9a-f]{7,}$/.test(revision) ? snapshots.filter((name) => name.startsWith(revision)) : [];
  return like.length === 1 ? join(entry, 'snapshots', like[0]!) : undefined;
}

async function snapshot(entry: string, revision: string): Promise<string | undefined> {
  const commit = (await referredCommit(entry, revision)) ?? revision;
  return commitFolder(entry, commit);
}

/**
 * The folder of a model in the local Hub cache.
 *
 * @throws InputError with the command that downloads it, when it is not there
 */
export async function hubFolder(hubId: HubId): Promise<string> {
  const cache = hubCacheFolder();
  const entry = join(cache, hubEntryName(hubId.id));
  const found = await snapshot(entry, hubId.revision ?? 'main');
  if (found !== undefined) return found;
  const what = hubId.revision === undefined ? shown(hubId.id) : `${shown(hubId.id)} at ${shown(hubId.revision)}`;
  throw new InputError(
    `${what} is no folder, and as a model of the Hub it is not in the cache "${cache}"; download it first: ${downloadCommand(hubId)}`,
  );
}

/**
 * The snapshot that a model's entry in a Hub cache stands for: that of `refs/main`, or its only one.
 *
 * @param entry the folder `models--ORG--NAME`
 * @throws InputError naming the snapshots when it cannot be told
 */
export async function entrySnapshot(entry: string): Promise<string> {
  const found = await snapshot(entry, 'main');
  if (found !== undefined) return found;
  const snapshots = await snapshotsOf(entry);
  if (snapshots.length === 1) return join(entry, 'snapshots', snapshots[0]!);
  const names = basename(entry).split('--');
  const hubId = names.length === 3 ? parseHubId(`${names[1]}/${names[2]}`) : undefined;
  if (snapshots.length === 0 && hubId !== undefined) {
    throw new InputError(`"${entry}" in the Hub cache has no snapshot; download it again: ${downloadCommand(hubId)}`);
  }
  throw new InputError(
    `"${entry}" is a model's entry in the Hub cache without a main revision; give one of the folders in its "snapshots": ` +
      `${snapshots.slice(0, 3).map(shown).join(', ') || 'it has none'}.`,
  );
}

/** Whether a path leads to anything; what cannot be told is left to whoever opens it. */
export async function isThere(path: string): Promise<boolean> {
  return exists(path).catch(() => true);
}
