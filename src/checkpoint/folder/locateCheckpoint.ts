import { join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { listedNames } from '../listed.ts';
import { type FolderContents, folderContents } from './folderContents.ts';
import { type FolderKind, folderKind } from './folderKind.ts';
import { downloadCommand, entrySnapshot, hubFolder, isThere } from './hubCache.ts';
import { hubSnapshotOf, parseHubId } from './hubId.ts';

/* Finds the checkpoint that a user means by a path or by a model's name on the Hub. */

/** A checkpoint's own folder, and how it was come to. */
export interface LocatedCheckpoint {
  /** Absolute path of the folder that holds the weights, symlinks kept. */
  readonly folder: string;
  readonly kind: 'checkpoint' | 'adapter';
  /** Sentences on where it was found, when that is not the folder that was named. */
  readonly notes: readonly string[];
}

/** Folders within folders: `global_step_8/actor/huggingface`, a Hub entry's snapshot. */
const deepest = 4;

/** The sentence about a folder in which no checkpoint was found, and nothing that leads to one. */
export function notACheckpoint(
  { folder }: Pick<FolderContents, 'folder'>,
  kind: Exclude<FolderKind, { kind: 'checkpoint' }>,
): string {
  switch (kind.kind) {
    case 'adapter':
      return (
        `"${folder}" holds an adapter (adapter_config.json), which is a checkpoint only together with its base: give it as the SFT checkpoint ` +
        'or, in a comparison, after its base; elsewhere merge it first (merge_and_unload in peft) and give the merged folder.'
      );
    case 'inside':
      return `"${folder}" holds no weights of its own; give the folder inside it, "${join(folder, kind.name)}".`;
    case 'hub entry':
      return `"${folder}" is a model's entry in the Hub cache; give one of the folders in its "snapshots".`;
    case 'series': {
      const newest = join(folder, kind.steps[0]!);
      return `"${folder}" is a training run's folder without weights of its own; give one of its steps (${listedNames(kind.steps)}), such as "${newest}".`;
    }
    case 'other': {
      const hubId = hubSnapshotOf(folder);
      if (hubId === undefined || !['no weights', 'half-written'].includes(kind.format)) return kind.sentence;
      return `"${folder}" in the Hub cache lacks the model's weights; download them: ${downloadCommand(hubId)}`;
    }
  }
}

async function inFolder(path: string, depth: number): Promise<LocatedCheckpoint> {
  const contents = await folderContents(path);
  const { folder } = contents;
  const kind = folderKind(contents);
  if (kind.kind === 'checkpoint' || kind.kind === 'adapter') {
    const beside = kind.kind === 'checkpoint' && contents.names.has('adapter_config.json');
    const note = `"${folder}" holds a LoRA adapter beside full weights: the weights are used, as if the adapter were merged into them.`;
    return { folder, kind: kind.kind, notes: beside ? [note] : [] };
  }
  if (depth > 0 && kind.kind === 'hub entry') return inFolder(await entrySnapshot(folder), depth - 1);
  if (depth > 0 && kind.kind === 'inside') return inFolder(join(folder, kind.name), depth - 1);
  throw new InputError(notACheckpoint(contents, kind));
}

/**
 * The folder of the checkpoint that is meant: that folder itself, the one inside a trainer's step in which the weights lie,
 * the snapshot of a Hub cache's entry, or, by a model's name, its snapshot in the local Hub cache. A path that leads
 * somewhere goes before a name. Nothing is downloaded.
 *
 * @param text a path, or `ORG/NAME` or `ORG/NAME@REVISION`
 * @throws InputError saying what the folder is and the command that makes a checkpoint of it, or that there is none
 */
export async function locateCheckpoint(text: string): Promise<LocatedCheckpoint> {
  const path = resolve(text);
  const hubId = parseHubId(text);
  const byName = hubId !== undefined && !(await isThere(path));
  const found = await inFolder(byName ? await hubFolder(hubId) : path, deepest);
  if (byName)
    return { ...found, notes: [`${shown(text)} is taken from the Hub cache: "${found.folder}".`, ...found.notes] };
  if (found.folder === path) return found;
  return { ...found, notes: [`The weights of "${path}" are those in "${found.folder}".`, ...found.notes] };
}
