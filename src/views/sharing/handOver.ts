import { basename } from 'node:path';
import { type ExtensionContext, type QuickPickItem, window, workspace } from 'vscode';
import { readReadiness } from '../../record/readiness/readinessFile.ts';
import { readinessSuffix } from '../../record/readiness/readinessPaths.ts';
import { handover } from '../../run/handover/handover.ts';
import { type TrainerName, trainerNames, trainers } from '../../run/handover/trainers.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askCheckpoint } from './askCheckpoint.ts';
import { showHandover } from './handoverDocuments.ts';

/* The command *Hand Over to RL…*: asks for the trainer, and opens how it is started from a checkpoint. */

const title = 'Hand Over to RL';
const mostRecords = 100;

/** @param given the checkpoint's folder, where the command was called on one */
export async function handOverCommand(context: ExtensionContext, given?: string): Promise<void> {
  if (!requireTrust()) return;
  try {
    const checkpoint = await askCheckpoint(context, title, given);
    if (checkpoint === undefined) return;
    const trainer = await askTrainer(basename(checkpoint));
    if (trainer === undefined) return;
    const records = await recordsOf(checkpoint);
    const readiness = records.length === 0 ? '' : await askReadiness(records);
    if (readiness === undefined) return;
    await showHandover(await handover(checkpoint, trainer, readiness === '' ? undefined : readiness));
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

async function askTrainer(checkpoint: string): Promise<TrainerName | undefined> {
  const items = trainerNames.map((name) => {
    const { label, source } = trainers[name];
    return { label, description: source.version, name };
  });
  const placeHolder = `The trainer that starts from ${checkpoint}`;
  return (await window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true }))?.name;
}

/** Readiness records of the workspace that measured the checkpoint. */
async function recordsOf(checkpoint: string): Promise<string[]> {
  const found = await workspace.findFiles(`**/*${readinessSuffix}`, '**/node_modules/**', mostRecords);
  const measured: string[] = [];
  for (const { fsPath } of found) {
    // What cannot be read measured nothing.
    const record = await readReadiness(fsPath).catch(() => undefined);
    if (record?.rows.some((row) => row.checkpoint?.folder === checkpoint)) measured.push(fsPath);
  }
  return measured.sort();
}

/** @returns an empty text for none of them */
async function askReadiness(records: readonly string[]): Promise<string | undefined> {
  const without: QuickPickItem & { readonly path: string } = {
    label: 'Without a readiness record',
    detail: 'Group size, temperature and longest answer are those of the trainer.',
    path: '',
  };
  const items = records.map((path) => ({ label: basename(path), description: path, path }));
  const placeHolder = 'The readiness record that gives group size, temperature and longest answer';
  return (await window.showQuickPick([...items, without], { title, placeHolder, ignoreFocusOut: true }))?.path;
}
