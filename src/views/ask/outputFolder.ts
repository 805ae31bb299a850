import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { Uri, workspace } from 'vscode';
import { programFolder } from '../../distFolder.ts';
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
