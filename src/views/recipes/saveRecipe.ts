import { basename } from 'node:path';
import { type Uri, window } from 'vscode';
import { hubSnapshotOf } from '../../checkpoint/folder/hubId.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { readRecordJson } from '../../record/run/recordFile.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { checkpointRecipe } from '../../run/card/checkpointRecipe.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { askRecord } from '../runs/openRun.ts';

/** *Save as Recipe…*: the recipe of a run that was made already, beside its record, to be changed and run again. */
export async function saveRecipe(record?: Uri): Promise<void> {
  const uri = record ?? (await askRecord());
  if (uri === undefined) return;
  try {
    const run = await readRecordJson(uri.fsPath);
    const stem = uri.path.slice(0, -recordSuffix.length);
    const defaultUri = uri.with({ path: `${stem}-again.rejuvenation.yaml` });
    const target = await window.showSaveDialog({ title: 'Save as Recipe', defaultUri, filters: { Recipe: ['yaml'] } });
    if (target === undefined) return;
    const { settings, inputs } = run;
    const parent = (folder: string) => ({ hubId: hubSnapshotOf(folder)?.id });
    const made = { record: run, alpha: settings.alpha, rho: settings.rho, dtype: undefined };
    const parents = { base: parent(inputs.base.folder), sft: parent(inputs.sft.folder) };
    const text = checkpointRecipe({ ...made, ...parents }, `${basename(stem)}-again`);
    // The dialog has asked whether a file there is to be replaced.
    await writeFileWhole(target.fsPath, new TextEncoder().encode(text), true);
    await window.showTextDocument(target);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}
