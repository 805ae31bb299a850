import { window } from 'vscode';
import { shortPath } from './workspaceCheckpoints.ts';

/**
 * Asks for several folders of checkpoints at once: those found in the workspace, and others.
 *
 * @param picked those of them that are chosen from the start
 * @returns undefined when the user gave up
 */
export async function askFolders(
  title: string,
  placeHolder: string,
  folders: readonly string[],
  picked: readonly string[] = [],
): Promise<string[] | undefined> {
  const items = folders.map((folder) => ({ ...shortPath(folder), folder, picked: picked.includes(folder) }));
  const browse = { label: '$(folder-opened) Others…', description: '', folder: '', alwaysShow: true };
  const chosen = await window.showQuickPick([...items, browse], {
    title,
    placeHolder,
    canPickMany: true,
    ignoreFocusOut: true,
    matchOnDescription: true,
  });
  if (chosen === undefined) return undefined;
  const ticked = chosen.filter((item) => item !== browse).map(({ folder }) => folder);
  if (!chosen.includes(browse)) return ticked;
  const opened = await window.showOpenDialog({
    title,
    canSelectFolders: true,
    canSelectFiles: false,
    canSelectMany: true,
  });
  return [...ticked, ...(opened ?? []).map(({ fsPath }) => fsPath)];
}
