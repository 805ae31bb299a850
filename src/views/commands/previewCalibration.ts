import { type ExtensionContext, type Uri, window } from 'vscode';
import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import { checkSft } from '../../run/files/sftFolder.ts';
import type { Answer, Step } from '../ask/ask.ts';
import { askFolder, askPaths } from '../ask/askPaths.ts';
import { RecentPaths } from '../ask/recent.ts';
import { findCalibrationFiles, findCheckpointFolders, findTunedFolders } from '../ask/workspaceCheckpoints.ts';
import { configuredSettings } from '../jobs/configuration.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { ChosenCalibration } from '../preview/chosenCalibration.ts';

/* The command *Preview Calibration…*: shows what calibration files are taken for with an SFT checkpoint. */

const title = 'Preview Calibration';

/**
 * *Preview Calibration…*: asks for the calibration unless it was called on it, for the SFT checkpoint, and where that is an
 * adapter for its base; reads, and opens the preview.
 */
export async function previewCalibrationCommand(
  context: ExtensionContext,
  clicked?: Uri,
  selected?: readonly Uri[],
): Promise<void> {
  if (!requireTrust()) return;
  const given = (selected !== undefined && selected.length > 0 ? selected : clicked === undefined ? [] : [clicked]).map(
    ({ fsPath }) => fsPath,
  );
  const recent = (what: 'base' | 'sft' | 'calibration') => new RecentPaths(context.globalState, what);
  const folders = await findCheckpointFolders();
  const tuned = await findTunedFolders(folders);
  const calibrations = await findCalibrationFiles();
  const chosen = { calibration: given as readonly string[], sft: '' };
  let adapter = false;
  const first = given.length > 0 ? 1 : 0;
  const step = (at: number): Step => ({ title, step: at + 1 - first, totalSteps: (adapter ? 3 : 2) - first });
  let preview: ChosenCalibration | undefined;

  const questions: ((at: number) => Promise<Answer<unknown> | undefined>)[] = [
    async (at) => {
      const answer = await askPaths({
        ...step(at),
        placeholder: 'Calibration: prompts and responses in JSONL, JSON or Parquet; files, or the folder of a data set',
        kind: 'files',
        recent: recent('calibration'),
        found: calibrations,
        check: async () => undefined,
      });
      if (answer !== undefined && answer !== 'back') chosen.calibration = answer.value;
      return answer;
    },
    async (at) => {
      const answer = await askFolder({
        ...step(at),
        placeholder: 'The SFT checkpoint, whose tokenizer and chat template are taken',
        recent: recent('sft'),
        found: tuned,
        async check(path, checking) {
          await checkSft(path);
          adapter = await isAdapterFolder(path);
          if (adapter) return;
          preview = new ChosenCalibration(chosen.calibration, path, undefined);
          await preview.read(configuredSettings(), checking);
        },
      });
      if (answer !== undefined && answer !== 'back') chosen.sft = answer.value;
      return answer;
    },
    async (at) => {
      return askFolder({
        ...step(at),
        placeholder: 'The base checkpoint of the adapter',
        recent: recent('base'),
        found: folders,
        async check(path, checking) {
          preview = new ChosenCalibration(chosen.calibration, chosen.sft, path);
          await preview.read(configuredSettings(), checking);
        },
      });
    },
  ];
  for (let at = first; at < (adapter ? 3 : 2); ) {
    const answer = await questions[at]!(at);
    if (answer === undefined) return;
    at += answer === 'back' ? -1 : 1;
  }
  try {
    await preview!.show(configuredSettings(), { signal: new AbortController().signal, tell: () => {} }, false);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}
