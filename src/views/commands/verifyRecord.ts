import { basename } from 'node:path';
import { type Uri, window } from 'vscode';
import { readRecord } from '../../record/run/recordFile.ts';
import { verifyRun } from '../../run/verifyRun.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askRecord } from '../runs/openRun.ts';

/* The command *Verify Checkpoint…*: measures checkpoints on a run record's calibration. */

export interface VerifyRequest {
  readonly record?: Uri;
  /** Folders to measure; asked for among the record's checkpoints when left out. */
  readonly checkpoints?: readonly string[];
}

/** *Verify Checkpoint…*: measures checkpoints on the record's calibration and keeps the result in the record. */
export async function verifyRecord(jobs: Jobs, request: VerifyRequest = {}): Promise<void> {
  if (!requireTrust()) return;
  const uri = request.record ?? (await askRecord());
  if (uri === undefined) return;
  try {
    const checkpoints = request.checkpoints ?? (await askCheckpoints(uri));
    if (checkpoints === undefined || checkpoints.length === 0) return;
    const { device, memoryBytes, processes, threads, weights, precision } = configuredSettings();
    const engine = { device, memoryBytes, processes, threads, weights, precision };
    const options = { record: uri.fsPath, checkpoints, ...engine, save: true };
    const done = await jobs.run(`Verification of ${checkpoints.map((each) => basename(each)).join(', ')}`, (context) =>
      verifyRun(options, context),
    );
    if (done === undefined) return;
    const nats = (value: number) => value.toFixed(3);
    const lines = done.measured.map(
      ({ name, all, targets }) =>
        `${name}: entropy ${nats(all.entropy)}, ${nats(targets.entropy)} at targets, NLL ${nats(all.negativeLogLikelihood)}`,
    );
    void window.showInformationMessage(
      `Measured. ${notice(lines.join('. '))}. The inspector shows it beside base and SFT.`,
    );
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

async function askCheckpoints(uri: Uri): Promise<string[] | undefined> {
  const { record } = await readRecord(uri.fsPath);
  const items = record.checkpoints.map(({ folder, alpha, rho }) => ({
    label: basename(folder),
    description: `alpha ${alpha}, rho ${(100 * rho).toPrecision(3)} %`,
    detail: folder,
    picked: true,
  }));
  const browse = { label: '$(folder-opened) Another Checkpoint…', detail: '', description: '' };
  const chosen = await window.showQuickPick([...items, browse], {
    title: 'Verify Checkpoints',
    placeHolder: 'Checkpoints to measure on the calibration of this record',
    canPickMany: true,
  });
  if (chosen === undefined) return undefined;
  const folders = chosen.filter((item) => item !== browse).map((item) => item.detail);
  if (!chosen.includes(browse)) return folders;
  const others = await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, canSelectMany: true });
  return [...folders, ...(others ?? []).map((each) => each.fsPath)];
}
