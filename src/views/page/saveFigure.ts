import { basename, dirname, join } from 'node:path';
import { Uri, window } from 'vscode';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';

/**
 * Asks where a figure's file goes, and whether it replaces one there, and writes it; a link in its place is replaced
 * itself.
 *
 * @param record the figure's record, beside which the file is offered to go
 * @returns the file's name; undefined when the user closed the dialog
 */
export async function saveFigure(record: Uri, name: string, bytes: Uint8Array): Promise<string | undefined> {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const target = await window.showSaveDialog({
    defaultUri: Uri.file(join(dirname(record.fsPath), name)),
    filters: { [extension.toUpperCase()]: [extension] },
  });
  if (target === undefined) return undefined;
  await writeFileWhole(target.fsPath, bytes, true);
  return basename(target.fsPath);
}
