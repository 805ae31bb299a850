import { basename, dirname } from 'node:path';
import { commands, type Disposable, Uri, workspace } from 'vscode';
import { adapterConfigName } from '../../checkpoint/adapter/adapter.ts';
import { outerFolders, seriesFolderOf } from '../../checkpoint/folder/stepName.ts';

/* Finds checkpoints and calibration files in the workspace. */

const excluded = '**/{node_modules,.git,*.rejuvenation.partial}/**';
const most = 500;

/** Folders of the workspace that hold a `config.json` beside `.safetensors` files. */
export async function findCheckpointFolders(): Promise<string[]> {
  const [configs, weights] = await Promise.all([
    workspace.findFiles('**/config.json', excluded, most),
    workspace.findFiles('**/*.safetensors', excluded, 10 * most),
  ]);
  const withWeights = new Set(weights.map((file) => dirname(file.fsPath)));
  return configs
    .map((file) => dirname(file.fsPath))
    .filter((folder) => withWeights.has(folder))
    .sort();
}

/** Folders of the workspace that hold an adapter. */
async function findAdapterFolders(): Promise<string[]> {
  const configs = await workspace.findFiles(`**/${adapterConfigName}`, excluded, most);
  return configs.map((file) => dirname(file.fsPath)).sort();
}

/**
 * Folders of the workspace that may be an SFT checkpoint: those that hold a checkpoint or an adapter. torchtune leaves the
 * adapter beside the weights it is merged into.
 *
 * @param checkpoints as {@link findCheckpointFolders} has found them
 */
export async function findTunedFolders(checkpoints: readonly string[]): Promise<string[]> {
  return [...new Set([...checkpoints, ...(await findAdapterFolders())])];
}

/** Files of the workspace that may well be calibration: there is too much other JSON to offer all of it. */
export async function findCalibrationFiles(): Promise<string[]> {
  const files = await workspace.findFiles('**/*.{jsonl,jsonl.gz,parquet}', excluded, most);
  return files.map((file) => file.fsPath).sort();
}

/** Keeps the context key that decides which folders' menus offer the commands. */
export function watchCheckpointFolders(): Disposable {
  const watcher = workspace.createFileSystemWatcher('**/{config,adapter_config}.json', false, true, false);
  let timer: NodeJS.Timeout | undefined;
  const update = async () => {
    const folders = await findTunedFolders(await findCheckpointFolders());
    const series = folders.map(seriesFolderOf).filter((folder) => folder !== undefined);
    const named = [...new Set(folders.flatMap(outerFolders))];
    await commands.executeCommand('setContext', 'rejuvenation.checkpointFolders', named);
    await commands.executeCommand('setContext', 'rejuvenation.seriesFolders', [...new Set(series)]);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void update(), 500);
  };
  watcher.onDidCreate(later);
  watcher.onDidDelete(later);
  later();
  return {
    dispose() {
      clearTimeout(timer);
      watcher.dispose();
    },
  };
}

/** `folder · in what`, for lists. */
export function shortPath(path: string): { readonly label: string; readonly description: string } {
  return { label: basename(path), description: workspace.asRelativePath(Uri.file(dirname(path))) };
}
