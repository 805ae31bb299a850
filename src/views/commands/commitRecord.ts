import { basename } from 'node:path';
import { commands, type LogOutputChannel, Uri, window } from 'vscode';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import type { WordOption } from '../../cluster/phases/attributeWords.ts';
import { programFolder } from '../../distFolder.ts';
import { readRecord } from '../../record/run/recordFile.ts';
import { bestRanks, heavyResetWarning, resetSummary } from '../../record/run/resetReport.ts';
import { commitRun } from '../../run/commitRun.ts';
import { committedBytes } from '../../run/committedDtype.ts';
import { checkOutput } from '../../run/files/outputPaths.ts';
import { proposedCheckpoint } from '../../run/files/proposedCheckpoint.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { type OutputDtype, outputDtypes } from '../../settings/outputDtype.ts';
import { ask, type Choice } from '../ask/ask.ts';
import { shownRho, shownShare } from '../ask/shownRho.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askRecord } from '../runs/openRun.ts';
import type { SlurmRuns } from '../slurm/slurmRuns.ts';
import { runsOnSlurm } from '../slurm/slurmSettings.ts';
import { verifyRecord } from './verifyRecord.ts';

/* The command *Commit Rejuvenated Checkpoint…*: asks where the checkpoint goes, and writes it. */

/** What the inspector, or the tree, asks to commit. */
export interface CommitRequest {
  readonly record?: Uri;
  readonly rho?: number;
  readonly alpha?: number;
}

const title = 'Commit Rejuvenated Checkpoint';

/**
 * *Commit Rejuvenated Checkpoint…*: says what will be written, asks where, writes, then offers to reveal, verify or hand it over.
 */
export async function commitRecord(
  jobs: Jobs,
  slurm: SlurmRuns,
  log: LogOutputChannel,
  request: CommitRequest = {},
): Promise<void> {
  if (!requireTrust()) return;
  const uri = request.record ?? (await askRecord());
  if (uri === undefined) return;
  try {
    const target = await askTarget(uri, request);
    if (target === undefined) return;
    const { out, dtype } = target;
    const { rho, alpha } = request;
    const options = { record: uri.fsPath, out, rho, alpha, dtype, overwrite: false };
    const named = `Commit of ${basename(out)}`;
    if (runsOnSlurm('commit')) {
      const given: readonly WordOption[] = [
        ['out', out],
        ...(alpha === undefined ? [] : [['alpha', String(alpha)] as const]),
        ...(rho === undefined ? [] : [['rho', String(rho)] as const]),
        ...(dtype === undefined ? [] : [['dtype', dtype] as const]),
      ];
      const words = { command: 'commit', options: given, operands: [uri.fsPath] } as const;
      const end = { named, opens: { view: 'inspector', path: uri.fsPath } } as const;
      if (!(await slurm.run(words, `${out}.commit`, end))) return;
    } else if ((await jobs.run(named, (context) => commitRun(options, context))) === undefined) return;
    log.info(`Checkpoint ${out}`);
    const chosen = await window.showInformationMessage(
      notice(`"${basename(out)}" is written and checked.`),
      'Reveal',
      'Verify',
      'Hand Over…',
    );
    if (chosen === 'Reveal') await commands.executeCommand('rejuvenation.reveal', { target: Uri.file(out) });
    if (chosen === 'Hand Over…') await commands.executeCommand('rejuvenation.handOver', Uri.file(out));
    if (chosen === 'Verify') await verifyRecord(jobs, slurm, { record: uri, checkpoints: [out] });
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** Where a checkpoint goes, and in which dtype. */
interface Target {
  readonly out: string;
  /** Undefined: each weight as the SFT checkpoint has it. */
  readonly dtype: OutputDtype | undefined;
}

/** Shows what will be written and asks where; and again after another dtype was chosen. */
async function askTarget(uri: Uri, request: CommitRequest): Promise<Target | undefined> {
  const { record, layout, arrays } = await readRecord(uri.fsPath);
  const alpha = request.alpha ?? record.settings.alpha;
  const rho = request.rho ?? record.settings.rho;
  const { base, sft } = record.inputs;
  // An adapter's checkpoint is laid out as its base.
  const checkpoint = await openCheckpoint(sft.adapter === undefined ? sft.folder : base.folder);
  const reset = resetSummary(layout, bestRanks(layout, arrays), rho, record.parameters);
  const warning = heavyResetWarning(reset);
  const neurons = `${reset.neurons} neurons (${shownShare(reset.neuronRatio)}) reset to ${basename(base.folder)}`;
  const suggested = await proposedCheckpoint(
    { sft: sft.folder, record: uri.fsPath, own: programFolder },
    { alpha, rho },
  );
  const check = (path: string) =>
    checkOutput({ what: 'checkpoint', path, kind: 'folder' }, [base.folder, sft.folder, uri.fsPath], false);
  const browse = '';
  // No path: nothing absolute begins so.
  const otherDtype = 'dtype';
  for (let dtype: OutputDtype | undefined; ; ) {
    const written =
      `${showBytes(committedBytes(checkpoint, dtype))} in ${checkpoint.shards.length} file(s), alpha ${alpha}, ` +
      `rho ${shownRho(rho)}, ${neurons}`;
    const choices: Choice<string>[] = [
      { label: '$(save) Write', description: suggested, detail: written, value: suggested },
      { label: '$(folder-opened) Choose Another Place…', alwaysShow: true, value: browse },
      { label: '$(symbol-numeric) Data Type', description: dtype ?? asSft, alwaysShow: true, value: otherDtype },
    ];
    if (warning !== undefined) {
      choices.unshift({ label: '$(warning) Much is reset', detail: warning, value: suggested });
    }
    const answer = await ask<string>({
      title,
      step: 1,
      totalSteps: 1,
      placeholder: 'Where the checkpoint goes; type a path to choose another place',
      choices,
      typed: (text) =>
        text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text)
          ? { label: `$(save) Write ${text}`, detail: written, value: text }
          : undefined,
      async accept(value) {
        if (value === otherDtype) return value;
        const path = value === browse ? await browseTarget(suggested) : value;
        if (path === undefined) return undefined;
        await check(path);
        return path;
      },
    });
    if (answer === undefined || answer === 'back') return undefined;
    if (answer.value !== otherDtype) return { out: answer.value, dtype };
    dtype = await askDtype(dtype);
  }
}

const asSft = 'each weight as the SFT checkpoint has it';

/** Asks for the dtype of all weights. @returns the one chosen before when none is */
async function askDtype(chosen: OutputDtype | undefined): Promise<OutputDtype | undefined> {
  const names: Readonly<Record<OutputDtype, string>> = { bf16: 'bfloat16', f16: 'float16', f32: 'float32' };
  const picked = await window.showQuickPick<{ label: string; description?: string; dtype: OutputDtype | undefined }>(
    [
      { label: 'As it is', description: asSft, dtype: undefined },
      ...outputDtypes.map((dtype) => ({ label: dtype, description: names[dtype], dtype })),
    ],
    { title: 'Data type of all weights' },
  );
  return picked === undefined ? chosen : picked.dtype;
}

async function browseTarget(suggested: string): Promise<string | undefined> {
  const chosen = await window.showSaveDialog({ title, defaultUri: Uri.file(suggested), saveLabel: 'Write' });
  return chosen?.fsPath;
}
