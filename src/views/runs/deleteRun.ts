import { Uri, window, workspace } from 'vscode';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';

/** Moves both files of a record to the trash, where there is one, after asking. Checkpoints are left alone. */
export async function deleteRun(record: Uri): Promise<void> {
  const { json, arrays } = recordPaths(record.fsPath);
  const chosen = await window.showQuickPick(
    [
      { label: '$(trash) Delete the record', description: json, confirmed: true },
      { label: 'Keep it', description: '', confirmed: false },
    ],
    { title: 'Delete Run Record', placeHolder: 'Both files of the record; checkpoints written from it stay' },
  );
  if (chosen?.confirmed !== true) return;
  for (const path of [json, arrays]) {
    try {
      await remove(Uri.file(path));
    } catch (error) {
      void window.showErrorMessage(notice(`Cannot delete "${path}": ${messageOf(error)}`));
      return;
    }
  }
}

async function remove(uri: Uri): Promise<void> {
  try {
    await workspace.fs.delete(uri, { useTrash: true });
  } catch {
    // Remote machines have no trash.
    await workspace.fs.delete(uri);
  }
}
