import { commands, type Uri, window } from 'vscode';
import { shortPath } from '../ask/workspaceCheckpoints.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';
import { findRecords } from './runNode.ts';

/** *Open Run…*: a record of the workspace, or one browsed for, in the inspector. */
export async function openRun(record?: Uri): Promise<void> {
  const uri = record ?? (await askRecord());
  if (uri !== undefined) await commands.executeCommand('vscode.openWith', uri, inspectorViewType);
}

/** Asks for a run record. */
export async function askRecord(): Promise<Uri | undefined> {
  const records = await findRecords();
  const browse = { label: '$(folder-opened) Browse…', alwaysShow: true };
  const items = records.map((uri) => ({ ...shortPath(uri.fsPath), uri }));
  const chosen = await window.showQuickPick<{ label: string; uri?: Uri }>([...items, browse], {
    title: 'Run Record',
    placeHolder: 'A run record, NAME.rejuvenation.json',
    matchOnDescription: true,
  });
  if (chosen === undefined || chosen.uri !== undefined) return chosen?.uri;
  const opened = await window.showOpenDialog({ title: 'Open Run Record', filters: { 'Run records': ['json'] } });
  return opened?.[0];
}
