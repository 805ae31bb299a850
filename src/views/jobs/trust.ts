import { isAbsolute } from 'node:path';
import { commands, window, workspace } from 'vscode';
import { isInsideFolders } from './insideFolders.ts';

/* What VS Code may do in a workspace that is not trusted: no model runs, and no folder outside it is read. */

/** Models run in trusted workspaces only. Says so, without a dialog, when this one is not. */
export function requireTrust(): boolean {
  if (workspace.isTrusted) return true;
  const text = 'Rejuvenation runs models only in trusted workspaces. Records can be opened in any.';
  void window.showWarningMessage(text, 'Manage Workspace Trust').then((chosen) => {
    if (chosen !== undefined) void commands.executeCommand('workbench.trust.manage');
  });
  return false;
}

/** Whether a folder may be looked at because a record names it: in an untrusted workspace only those inside it. */
export function mayRead(folder: string): boolean {
  if (!isAbsolute(folder)) return false;
  const roots = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return workspace.isTrusted || isInsideFolders(folder, roots);
}
