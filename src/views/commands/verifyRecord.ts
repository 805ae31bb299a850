import { basename } from 'node:path';
import { commands, type Uri, window } from 'vscode';
import { readRecord } from '../../record/run/recordFile.ts';
import { verifyRun } from '../../run/verifyRun.ts';
import { shownRho } from '../ask/shownRho.ts';
import { configuredEngine, configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askRecord } from '../runs/openRun.ts';
import type { SlurmRuns } from '../slurm/slurmRuns.ts';
import { runsOnSlurm } from '../slurm/slurmSettings.ts';
import { engineOptions } from '../slurm/slurmWords.ts';

/* The command *Verify Checkpoint…*: measures checkpoints on a run record's calibration. */

export interface VerifyRequest {
  readonly record?: Uri;
  /** Folders to measure; asked for among the record's checkpoints when left out. */
  readonly checkpoints?: readonly string[];
  /** The one folder to measure, as the tree names it. */
  readonly target?: Uri;
}

/** *Verify Checkpoint…*: measures checkpoints on the record's calibration and keeps the result in the record. */
export async function verifyRecord(jobs: Jobs, slurm: SlurmRuns, request: VerifyRequest = {}): Promise<void> {
  if (!requireTrust()) return;
  const uri = request.record ?? (await askRecord());
  if (uri === undefined) return;
  try {
    const asked = request.target === undefined ? request.checkpoints : [request.target.fsPath];
    const checkpoints = asked ?? (await askCheckpoints(uri));
    if (checkpoints === undefined || checkpoints.length === 0) return;
    const named = `Verification of ${checkpoints.map((each) => basename(each)).join(', ')}`;
    if (runsOnSlurm('verification')) {
      const options = [...engineOptions(configuredSettings()), ['save'] as const];
      const words = { command: 'verify', options, operands: [uri.fsPath, ...checkpoints] } as const;
      const end = { named, opens: { view: 'inspector', path: uri.fsPath } } as const;
      await slurm.run(words, `${uri.fsPath.replace(/\.json$/, '')}.verify`, end);
      return;
    }
    const engine = configuredEngine();
    const options = { record: uri.fsPath, checkpoints, ...engine, save: true };
    const done = await jobs.run(named, (context) => verifyRun(options, context));
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
  if (record.checkpoints.length === 0) {
    const chosen = await window.showInformationMessage(
      'No checkpoint was written from this run yet: commit one first, or choose another folder to measure.',
      'Commit…',
      'Choose Folder…',
    );
    // The commit offers to verify what it wrote.
    if (chosen === 'Commit…') await commands.executeCommand('rejuvenation.commit', { record: uri });
    return chosen === 'Choose Folder…' ? browseCheckpoints() : undefined;
  }
  const items = record.checkpoints.map(({ folder, alpha, rho }) => ({
    label: basename(folder),
    description: `alpha ${alpha}, rho ${shownRho(rho)}`,
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
  return [...folders, ...(await browseCheckpoints())];
}

async function browseCheckpoints(): Promise<string[]> {
  const chosen = await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, canSelectMany: true });
  return (chosen ?? []).map((each) => each.fsPath);
}
