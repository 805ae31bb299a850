import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Uri, workspace } from 'vscode';
import { programFolder } from '../../distFolder.ts';
import { exists } from '../../files/reading/exists.ts';
import { isUsersFolder } from '../../run/files/proposedCheckpoint.ts';

/**
 * Where the record of a checkpoint is proposed to go: into the workspace when the checkpoint lies there, else beside the
 * checkpoint; where that is read-only or this extension's own, into the first folder of the workspace, or the home folder.
 */
export async function outputFolderFor(checkpoint: string): Promise<string> {
  const inWorkspace = workspace.getWorkspaceFolder(Uri.file(checkpoint))?.uri.fsPath;
  if (inWorkspace !== undefined) return inWorkspace;
  const beside = dirname(checkpoint);
  if (await isUsersFolder(beside, programFolder)) return beside;
  return workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
}

/** A record's path in a folder that is free: `NAME`, `NAME-2` and so on, with the suffix. */
export async function freeRecordPath(folder: string, name: string, suffix: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}${suffix}`);
    if (!(await exists(path))) return path;
  }
}
