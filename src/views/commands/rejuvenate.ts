import { basename } from 'node:path';
import { commands, type ExtensionContext, Uri, window } from 'vscode';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { attributionRun } from '../../run/attributionRun.ts';
import type { RunInputs } from '../../run/files/runOutputs.ts';
import { checkBase, checkSft } from '../../run/files/sftFolder.ts';
import type { Answer, Step } from '../ask/ask.ts';
import { askFolder, askPaths, locateFolder } from '../ask/askPaths.ts';
import { askSettings, type RunPlan } from '../ask/askSettings.ts';
import { freeRecordPath, outputFolderFor } from '../ask/outputFolder.ts';
import { RecentPaths } from '../ask/recent.ts';
import { shownRho, shownShare } from '../ask/shownRho.ts';
import { findCalibrationFiles, findCheckpointFolders, findTunedFolders } from '../ask/workspaceCheckpoints.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';
import { ChosenCalibration } from '../preview/chosenCalibration.ts';
import { runOnSlurm } from '../slurm/runOnSlurm.ts';
import type { SlurmRuns } from '../slurm/slurmRuns.ts';
import { runsOnSlurm } from '../slurm/slurmSettings.ts';

/* The command *Rejuvenate Checkpoint…*: asks for inputs and settings, runs, and opens the inspector. */

const titleOf = (onSlurm: boolean) => (onSlurm ? 'Rejuvenate Checkpoint on Slurm' : 'Rejuvenate Checkpoint');

/** A run that took this long is told of when it is done: whoever started it looks elsewhere by then; ms. */
const longRun = 60_000;

/** Runs attribution from inputs to an open inspector. The checkpoint itself is committed from there. */
export async function rejuvenate(
  jobs: Jobs,
  inputs: RunInputs,
  { settings, record, scores }: RunPlan & { readonly scores?: string | undefined },
): Promise<void> {
  const named = `Rejuvenation of ${basename(inputs.sft)}`;
  const started = performance.now();
  const open = await jobs.run(
    named,
    (context) => attributionRun({ inputs, outputs: { record, scores }, settings, overwrite: false }, context),
    {
      text: 'What was finished is kept.',
      action: 'Resume',
      act: () => rejuvenate(jobs, inputs, { settings, record, scores }),
    },
  );
  if (open === undefined) return;
  const show = () => commands.executeCommand('vscode.openWith', Uri.file(open.path), inspectorViewType);
  await show();
  if (performance.now() - started < longRun) return;
  const { neurons, neuronRatio } = open.record.reset;
  const result = `${neurons} neurons, ${shownShare(neuronRatio)}, would be reset at rho ${shownRho(settings.rho)}.`;
  void window.showInformationMessage(notice(`${named} is done: ${result}`), 'Show Result').then((chosen) => {
    if (chosen !== undefined) void show();
  });
}

/**
 * *Rejuvenate Checkpoint…*: asks for base, SFT, calibration and settings, each checked when it is given, then runs.
 * @param sft the folder the command was called on, if any
 * @param onSlurm run it on a cluster instead of here
 */
export async function rejuvenateCommand(
  context: ExtensionContext,
  jobs: Jobs,
  slurm: SlurmRuns,
  sft?: string,
  onSlurm: boolean = runsOnSlurm('attribution'),
): Promise<void> {
  if (!requireTrust()) return;
  let start: string | undefined;
  try {
    start = sft === undefined ? undefined : await locateFolder(sft);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
    return;
  }
  const folders = await findCheckpointFolders();
  const tuned = await findTunedFolders(folders);
  const calibrations = await findCalibrationFiles();
  const recent = (what: 'base' | 'sft' | 'calibration') => new RecentPaths(context.globalState, what);
  const step = (number: number): Step => ({ title: titleOf(onSlurm), step: number, totalSteps: 4 });
  const chosen: { sft?: string; base?: string; calibration?: readonly string[]; plan?: RunPlan } =
    start === undefined ? {} : { sft: start };
  let preview: ChosenCalibration | undefined;
  let differences: readonly string[] = [];

  const questions: (() => Promise<Answer<unknown> | undefined>)[] = [
    async () => {
      const answer = await askFolder({
        ...step(1),
        placeholder: 'The over-trained SFT checkpoint: a Hugging Face folder, or that of a LoRA adapter',
        recent: recent('sft'),
        found: start === undefined ? tuned : [start, ...tuned.filter((each) => each !== start)],
        check: checkSft,
      });
      if (isValue(answer)) chosen.sft = answer.value;
      return answer;
    },
    async () => {
      const answer = await askFolder({
        ...step(2),
        placeholder: 'The base checkpoint that it was trained from',
        recent: recent('base'),
        found: folders.filter((folder) => folder !== chosen.sft),
        async check(path) {
          differences = await checkBase(path, chosen.sft!, configuredSettings().renamedRows);
        },
      });
      if (isValue(answer)) chosen.base = answer.value;
      return answer;
    },
    async () => {
      const answer = await askPaths({
        ...step(3),
        placeholder: 'Calibration: prompts and responses in JSONL, JSON or Parquet; files, or the folder of a data set',
        kind: 'files',
        recent: recent('calibration'),
        found: calibrations,
        async check(paths, checking) {
          preview = new ChosenCalibration(paths, chosen.sft!, chosen.base!, differences);
          await preview.read(configuredSettings(), checking);
        },
      });
      if (isValue(answer)) chosen.calibration = answer.value;
      return answer;
    },
    async () => {
      const sft = chosen.sft!;
      const record = await freeRecordPath(await outputFolderFor(sft), basename(sft), recordSuffix);
      const plan = { settings: configuredSettings(), record };
      const answer = await askSettings(step(4), plan, [sft, chosen.base!, ...chosen.calibration!], preview!);
      if (isValue(answer)) chosen.plan = answer.value;
      return answer;
    },
  ];

  // Called on a folder, the first question is answered already; going back still reaches it.
  for (let at = start === undefined ? 0 : 1; at < questions.length; ) {
    const answer = await questions[at]!();
    if (answer === undefined) return;
    at += answer === 'back' ? -1 : 1;
  }
  const { base, calibration, plan } = chosen;
  const inputs = { base: base!, sft: chosen.sft!, calibration: calibration! };
  await (onSlurm ? runOnSlurm(slurm, inputs, plan!) : rejuvenate(jobs, inputs, plan!));
}

function isValue<Value>(answer: Answer<Value> | undefined): answer is { readonly value: Value } {
  return answer !== undefined && answer !== 'back';
}
