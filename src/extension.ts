import { commands, type ExtensionContext, type Uri, window } from 'vscode';
import { offerPython } from './engine/device/cudaLibraries/pythons.ts';
import { keepCudaRuntimeIn } from './engine/device/cudaRuntime/runtimePlace.ts';
import { watchCheckpointFolders } from './views/ask/workspaceCheckpoints.ts';
import { type CommitRequest, commitRecord } from './views/commands/commitRecord.ts';
import { compareCommand, compareCommitted } from './views/commands/compareCheckpoints.ts';
import { compareRunsCommand } from './views/commands/compareRuns.ts';
import { installCuda, removeCuda } from './views/commands/cudaRuntime.ts';
import { exportReportCommand } from './views/commands/exportReport.ts';
import { previewCalibrationCommand } from './views/commands/previewCalibration.ts';
import { rejuvenateCommand } from './views/commands/rejuvenate.ts';
import { resumeRun } from './views/commands/resumeRun.ts';
import { showDevices } from './views/commands/showDevices.ts';
import { trySample } from './views/commands/trySample.ts';
import { type VerifyRequest, verifyRecord } from './views/commands/verifyRecord.ts';
import { CardProvider, compareCards } from './views/comparison/cards.ts';
import { ComparisonEditors } from './views/comparison/comparisonEditor.ts';
import { InspectorEditors } from './views/inspector/inspectorEditor.ts';
import { Jobs } from './views/jobs/jobs.ts';
import { selectedPython } from './views/jobs/selectedPython.ts';
import { registerPreviews } from './views/preview/previewDocuments.ts';
import { deleteRun } from './views/runs/deleteRun.ts';
import { openRun } from './views/runs/openRun.ts';
import type { RunNode } from './views/runs/runNode.ts';
import { RunsTree } from './views/runs/runsTree.ts';

/**
 * The extension's entry in VS Code. Here commands, views and editors are only registered; what they do is in `views/`.
 */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Rejuvenation', { log: true });
  const jobs = new Jobs(log);
  keepCudaRuntimeIn(context.globalStorageUri.fsPath);
  offerPython(selectedPython);
  const editors = InspectorEditors.register(context);
  ComparisonEditors.register(context);
  const runs = new RunsTree(editors);
  const register = <Arguments extends unknown[]>(name: string, handler: (...args: Arguments) => unknown) =>
    commands.registerCommand(`rejuvenation.${name}`, handler);
  context.subscriptions.push(
    log,
    jobs,
    runs,
    CardProvider.register(),
    registerPreviews(),
    watchCheckpointFolders(),
    register('rejuvenate', (folder?: Uri) => rejuvenateCommand(context, jobs, folder?.fsPath)),
    register('trySample', () => trySample(context, jobs)),
    register('resume', (node?: RunNode) => resumeRun(jobs, node?.target)),
    register('openRun', (node?: RunNode) => openRun(node?.record)),
    register('commit', (request?: CommitRequest) => commitRecord(jobs, log, request)),
    register('verify', (request?: VerifyRequest) => verifyRecord(jobs, request)),
    register('compare', (folder?: Uri, selected?: readonly Uri[]) => compareCommand(context, jobs, folder, selected)),
    register('compareCommitted', (node: RunNode) => compareCommitted(context, jobs, node)),
    register('compareRuns', () => compareRunsCommand(jobs)),
    register('compareCards', (folder?: Uri, selected?: readonly Uri[]) => compareCards(jobs, folder, selected)),
    register('previewCalibration', (file?: Uri, selected?: readonly Uri[]) =>
      previewCalibrationCommand(context, file, selected),
    ),
    register('exportReport', (node?: RunNode) => exportReportCommand(jobs, node?.record)),
    register('cancel', () => jobs.cancel()),
    register('showDevices', () => showDevices(log)),
    register('installCuda', () => installCuda(log)),
    register('removeCuda', () => removeCuda(log)),
    register('showLog', () => log.show()),
    register('refreshRuns', () => runs.refresh()),
    register('deleteRun', (node: RunNode) => deleteRun(node.record)),
    register('reveal', ({ record, target }: { readonly record?: Uri; readonly target?: Uri }) =>
      commands.executeCommand('revealInExplorer', target ?? record),
    ),
    register('selectInInspector', async (node: RunNode) => {
      await openRun(node.record);
      const { record, layer, projection } = node;
      editors.select({ record, ...(layer === undefined ? {} : { layer }), ...(projection && { projection }) });
    }),
  );
}
