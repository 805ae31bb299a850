import { commands, type ExtensionContext, Uri } from 'vscode';
import { readCalibration } from '../../calibration/calibration.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { checkPair } from '../../checkpoint/pair.ts';
import { exists } from '../../files/reading/exists.ts';
import { attributionRun } from '../../run/attributionRun.ts';
import type { RunInputs } from '../../run/files/runOutputs.ts';
import { calibrationSettingsOf } from '../../settings/calibrationSettings.ts';
import { showBytes } from '../../settings/memorySize.ts';
import type { Answer, Check, Step } from '../ask/ask.ts';
import { askPath } from '../ask/askPaths.ts';
import { askSettings, freeRecordPath, type RunPlan } from '../ask/askSettings.ts';
import { RecentPaths } from '../ask/recent.ts';
import { findCalibrationFiles, findCheckpointFolders } from '../ask/workspaceCheckpoints.ts';
import { inspectorViewType } from '../inspector/inspectorEditor.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { requireTrust } from '../jobs/trust.ts';

/* The command *Rejuvenate Checkpoint…*: asks for inputs and settings, runs, and opens the inspector. */

const title = 'Rejuvenate Checkpoint';

/** Runs attribution from inputs to an open inspector. The checkpoint itself is committed from there. */
export async function rejuvenate(jobs: Jobs, inputs: RunInputs, { settings, record }: RunPlan): Promise<void> {
  const open = await jobs.run(`Rejuvenation of ${Uri.file(inputs.sft).path.split('/').at(-1)}`, (context) =>
    attributionRun({ inputs, outputs: { record }, settings, overwrite: false }, context),
  );
  if (open === undefined) return;
  await commands.executeCommand('vscode.openWith', Uri.file(open.path), inspectorViewType);
}

/**
 * *Rejuvenate Checkpoint…*: asks for base, SFT, calibration and settings, each checked when it is given, then runs.
 * @param sft the folder the command was called on, if any
 */
export async function rejuvenateCommand(context: ExtensionContext, jobs: Jobs, sft?: string): Promise<void> {
  if (!requireTrust()) return;
  const folders = await findCheckpointFolders();
  const calibrations = await findCalibrationFiles();
  const recent = (what: 'base' | 'sft' | 'calibration') => new RecentPaths(context.globalState, what);
  const step = (number: number): Step => ({ title, step: number, totalSteps: 4 });
  const chosen: { sft?: string; base?: string; calibration?: string; plan?: RunPlan } =
    sft === undefined ? {} : { sft };

  const questions: (() => Promise<Answer<unknown> | undefined>)[] = [
    async () => {
      const answer = await askPath({
        ...step(1),
        placeholder: 'The over-trained SFT checkpoint: a Hugging Face folder',
        kind: 'folder',
        recent: recent('sft'),
        found: sft === undefined ? folders : [sft, ...folders.filter((each) => each !== sft)],
        check: (path) => openCheckpoint(path),
      });
      if (isValue(answer)) chosen.sft = answer.value;
      return answer;
    },
    async () => {
      const answer = await askPath({
        ...step(2),
        placeholder: 'The base checkpoint that it was trained from',
        kind: 'folder',
        recent: recent('base'),
        found: folders.filter((folder) => folder !== chosen.sft),
        check: async (path) => checkPair(await openCheckpoint(path), await openCheckpoint(chosen.sft!)),
      });
      if (isValue(answer)) chosen.base = answer.value;
      return answer;
    },
    async () => {
      const answer = await askPath({
        ...step(3),
        placeholder: 'Calibration: a JSONL file of prompts and responses',
        kind: 'file',
        recent: recent('calibration'),
        found: calibrations,
        check: (path, check) => checkCalibration(path, chosen.sft!, check),
      });
      if (isValue(answer)) chosen.calibration = answer.value;
      return answer;
    },
    async () => {
      const record = await freeRecordPath(chosen.sft!, exists);
      const plan = { settings: configuredSettings(), record };
      const answer = await askSettings(step(4), plan, [chosen.sft!, chosen.base!, chosen.calibration!]);
      if (isValue(answer)) chosen.plan = answer.value;
      return answer;
    },
  ];

  // Called on a folder, the first question is answered already; going back still reaches it.
  for (let at = sft === undefined ? 0 : 1; at < questions.length; ) {
    const answer = await questions[at]!();
    if (answer === undefined) return;
    at += answer === 'back' ? -1 : 1;
  }
  const { base, calibration, plan } = chosen;
  await rejuvenate(jobs, { base: base!, sft: chosen.sft!, calibration: calibration! }, plan!);
}

function isValue<Value>(answer: Answer<Value> | undefined): answer is { readonly value: Value } {
  return answer !== undefined && answer !== 'back';
}

async function checkCalibration(
  path: string,
  sft: string,
  { signal, tell }: Pick<Check, 'signal' | 'tell'>,
): Promise<void> {
  const { tokenizerPath, architecture } = await openCheckpoint(sft);
  const settings = configuredSettings();
  await readCalibration({
    path,
    tokenizerPath,
    templateFolders: [sft],
    ...calibrationSettingsOf(settings),
    maxLength: settings.maxLength,
    vocabSize: architecture.vocabSize,
    signal,
    onProgress: (done, total) => tell(`${showBytes(done)} of ${showBytes(total)} tokenised`),
  });
}
