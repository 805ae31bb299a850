import { basename, dirname } from 'node:path';
import { type Disposable, RelativePattern, Uri, workspace } from 'vscode';

/* Notices when a record's files change on the disk. */

/** A writer replaces two files one after the other: wait until it is done before reading. */
const settleMilliseconds = 250;

/**
 * Watches both files of a record, `NAME.json` and `NAME.safetensors`.
 *
 * @param beside hears of any other file in the record's folder that changed
 */
export function watchRecord(uri: Uri, changed: () => void, beside?: (name: string) => unknown): Disposable {
  // A name that is also a glob would watch the wrong files, so the check is by name.
  const stem = basename(uri.fsPath).slice(0, -'.json'.length);
  const own = new Set([`${stem}.json`, `${stem}.safetensors`]);
  const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(dirname(uri.fsPath)), '*'));
  let timer: NodeJS.Timeout | undefined;
  const later = (file: Uri) => {
    const name = basename(file.fsPath);
    if (!own.has(name)) {
      beside?.(name);
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(changed, settleMilliseconds);
  };
  watcher.onDidChange(later);
  watcher.onDidCreate(later);
  watcher.onDidDelete(later);
  return {
    dispose() {
      clearTimeout(timer);
      watcher.dispose();
    },
  };
}
