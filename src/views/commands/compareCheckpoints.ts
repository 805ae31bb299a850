import { basename } from 'node:path';
import { commands, type ExtensionContext, Uri, window, workspace } from 'vscode';
import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { expandSeries, isSeries, needsBase } from '../../comparison/checkpoints/checkpointSeries.ts';
import { compareCheckpoints } from '../../comparison/compareCheckpoints.ts';
import type { PairChoice } from '../../comparison/comparedPairs.ts';
import { comparisonSuffix } from '../../record/comparison/comparisonPaths.ts';
import { maxAllPairs } from '../../record/comparison/comparisonRecord.ts';
import { readRecordJson } from '../../record/run/recordFile.ts';
import type { Step } from '../ask/ask.ts';
import { askFolders } from '../ask/askFolders.ts';
import { askFolder, calibrationFilters } from '../ask/askPaths.ts';
import { freeRecordPath, outputFolderFor } from '../ask/outputFolder.ts';
import { RecentPaths } from '../ask/recent.ts';
import {
  findCalibrationFiles,
  findCheckpointFolders,
  findTunedFolders,
  shortPath,
} from '../ask/workspaceCheckpoints.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { comparisonViewType } from '../page/comparisonViewType.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';

/* The command *Compare Checkpoints…*: asks what to compare, compares, and opens the result. */

const title = 'Compare Checkpoints';

/** What is to be compared. */
export interface ComparisonPlan {
  /** The first is the reference. */
  readonly checkpoints: readonly string[];
  readonly pairs: PairChoice;
  /** Files, patterns or folders; none: weights only. */
  readonly calibration: readonly string[];
}

/** Compares, writes the record, and opens it. */
export async function compare(jobs: Jobs, { checkpoints, pairs, calibration }: ComparisonPlan): Promise<void> {
  if (!(await mayRunHere('comparison', { runsModels: calibration.length > 0 }))) return;
  const last = checkpoints.at(-1)!;
  const record = await freeRecordPath(await outputFolderFor(last), basename(last), comparisonSuffix);
  const settings = configuredSettings();
  const options = {
    checkpoints,
    pairs,
    record,
    output: calibration.length === 0 ? undefined : { ...settings, calibration },
    overwrite: false,
    spectrum: workspace.getConfiguration('rejuvenation').get<boolean>('spectrum', false),
  };
  const made = await jobs.run(
    `Comparison of ${checkpoints.length} checkpoints`,
    (context) => compareCheckpoints(options, context),
    { text: 'Nothing was written.' },
  );
  if (made?.path === undefined) return;
  await commands.executeCommand('vscode.openWith', Uri.file(made.path), comparisonViewType);
}

/**
 * *Compare Checkpoints…*: the folders selected in the Explorer, or asked for.
 * @param clicked the folder the command was called on; @param selected all that were selected with it
 */
export async function compareCommand(
  context: ExtensionContext,
  jobs: Jobs,
  clicked?: Uri,
  selected?: readonly Uri[],
): Promise<void> {
  if (!requireTrust()) return;
  try {
    const given = selected !== undefined && selected.length > 1 ? selected : clicked === undefined ? [] : [clicked];
    const checkpoints = await askCheckpoints(
      context,
      given.map(({ fsPath }) => fsPath),
    );
    if (checkpoints === undefined) return;
    const pairs = await askPairs(checkpoints.length);
    if (pairs === undefined) return;
    const calibration = await askCalibration();
    if (calibration === undefined) return;
    await compare(jobs, { checkpoints, pairs, calibration });
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** Compares a checkpoint that was written from a run with the run's base and SFT. */
export async function compareCommitted(
  context: ExtensionContext,
  jobs: Jobs,
  { record, target }: { readonly record: Uri; readonly target?: Uri },
): Promise<void> {
  if (target === undefined) return;
  try {
    const { base, sft } = (await readRecordJson(record.fsPath)).inputs;
    const folders = [base.folder, sft.folder].map((folder) => Uri.file(folder));
    await compareCommand(context, jobs, target, [...folders, target]);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** The reference and what is compared with it. @throws InputError when a folder cannot be read */
async function askCheckpoints(
  context: ExtensionContext,
  given: readonly string[],
): Promise<readonly string[] | undefined> {
  const [only] = given;
  if (given.length > 1) return withReference((await expandSeries(given)).folders);
  // Adapters are compared after the base that they are merged into, which is asked for.
  const adapters = only !== undefined && (await needsBase(only));
  if (only !== undefined && !adapters && (await isSeries(only))) return (await expandSeries([only])).folders;
  const folders = await findCheckpointFolders();
  const recent = new RecentPaths(context.globalState, 'checkpoint');
  const step: Step = { title, step: 1, totalSteps: 2 };
  const placeholder = 'The reference: the checkpoint that the others are compared with, such as the base';
  const found = only === undefined || adapters ? folders : [only, ...folders.filter((folder) => folder !== only)];
  const reference = await askFolder({
    ...step,
    placeholder,
    recent,
    found,
    check: (path) => openCheckpoint(path),
  });
  if (reference === undefined || reference === 'back') return undefined;
  if (adapters) return (await expandSeries([reference.value, only])).folders;
  const tuned = await findTunedFolders(folders);
  const others = await askFolders(
    `${title} (2/2)`,
    'Checkpoints to compare with it, one or more',
    tuned.filter((folder) => folder !== reference.value),
  );
  if (others === undefined || others.length === 0) return undefined;
  return (await expandSeries([reference.value, ...others])).folders;
}

/** The folders, the one chosen as the reference first; an adapter is none, as long as there is another. */
async function withReference(folders: readonly string[]): Promise<string[] | undefined> {
  const adapters = await Promise.all(folders.map(isAdapterFolder));
  const whole = folders.filter((_, i) => !adapters[i]);
  const chosen = await window.showQuickPick(
    (whole.length === 0 ? folders : whole).map((folder) => ({ ...shortPath(folder), folder })),
    { title, placeHolder: 'Which is the reference, such as the base?', ignoreFocusOut: true },
  );
  return chosen && [chosen.folder, ...folders.filter((folder) => folder !== chosen.folder)];
}

/** All pairs of three are what one wants to see; more of them take room and time that are worth a question. */
async function askPairs(checkpoints: number): Promise<PairChoice | undefined> {
  if (checkpoints <= 3) return 'all';
  if (checkpoints > maxAllPairs) return 'reference';
  const all = (checkpoints * (checkpoints - 1)) / 2;
  const chosen = await window.showQuickPick<{ label: string; description: string; pairs: PairChoice }>(
    [
      { label: 'Each with the reference', description: `${checkpoints - 1} pairs`, pairs: 'reference' },
      { label: 'Every pair', description: `${all} pairs: the record is that much larger`, pairs: 'all' },
    ],
    { title, placeHolder: 'Which pairs to compare', ignoreFocusOut: true },
  );
  return chosen?.pairs;
}

/** @returns none for weights only; undefined when the user gave up */
async function askCalibration(): Promise<readonly string[] | undefined> {
  const none = { label: '$(circle-slash) Weights only', description: 'no model runs', files: [] };
  const browse = { label: '$(folder-opened) Browse…', description: '', files: [], alwaysShow: true };
  const files = await findCalibrationFiles();
  const items = files.map((file) => ({ ...shortPath(file), files: [file] }));
  const chosen = await window.showQuickPick<{ label: string; description: string; files: string[] }>(
    [none, ...items, browse],
    {
      title,
      placeHolder: 'Also run them on a calibration file: entropy, NLL, next tokens?',
      ignoreFocusOut: true,
      matchOnDescription: true,
    },
  );
  if (chosen !== browse) return chosen?.files;
  const browsed = await window.showOpenDialog({ title, canSelectMany: true, filters: calibrationFilters });
  return browsed?.map(({ fsPath }) => fsPath);
}
