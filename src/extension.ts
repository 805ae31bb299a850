import { commands, type ExtensionContext, type Uri, window } from 'vscode';
import { submitWords } from './cli/commands/cluster/submitWords.ts';
import { currentRecipeTable, parseCurrentRecipe, runRecipeFile } from './cli/commands/recipe/recipeCommands.ts';
import { offerPython } from './engine/device/cudaLibraries/pythons.ts';
import { keepCudaRuntimeIn } from './engine/device/cudaRuntime/runtimePlace.ts';
import { registerAgentTools } from './views/agents/languageModelTools.ts';
import { registerMcpServer } from './views/agents/mcpServerDefinition.ts';
import { watchCheckpointFolders } from './views/ask/workspaceCheckpoints.ts';
import { type CommitRequest, commitRecord } from './views/commands/commitRecord.ts';
import { compareCommand, compareCommitted } from './views/commands/compareCheckpoints.ts';
import { compareRunsCommand } from './views/commands/compareRuns.ts';
import { installCuda, removeCuda } from './views/commands/cudaRuntime.ts';
import { exportReportCommand } from './views/commands/exportReport.ts';
import { measureReadinessCommand } from './views/commands/measureReadiness.ts';
import { type MeasureRequest, measureRecord } from './views/commands/measureRecord.ts';
import { previewCalibrationCommand } from './views/commands/previewCalibration.ts';
import { rejuvenateCommand } from './views/commands/rejuvenate.ts';
import { resumeRun } from './views/commands/resumeRun.ts';
import { sweepRecord } from './views/commands/sweepRecord.ts';
import { trySample } from './views/commands/trySample.ts';
import { type VerifyRequest, verifyRecord } from './views/commands/verifyRecord.ts';
import { CardProvider, compareCards } from './views/comparison/cards.ts';
import { ComparisonEditors } from './views/comparison/comparisonEditor.ts';
import { DevicesPanel } from './views/devices/devicesPanel.ts';
import { InspectorEditors } from './views/inspector/inspectorEditor.ts';
import { Jobs } from './views/jobs/jobs.ts';
import { selectedPython } from './views/jobs/selectedPython.ts';
import { registerPreviews } from './views/preview/previewDocuments.ts';
import { ReadinessEditors } from './views/readiness/readinessEditor.ts';
import { registerRecipes } from './views/recipes/recipeLanguage.ts';
import { runRecipeCommand } from './views/recipes/runRecipe.ts';
import { saveRecipe } from './views/recipes/saveRecipe.ts';
import { deleteRun } from './views/runs/deleteRun.ts';
import { openRun } from './views/runs/openRun.ts';
import type { RunNode } from './views/runs/runNode.ts';
import { RunsTree } from './views/runs/runsTree.ts';
import { handOverCommand } from './views/sharing/handOver.ts';
import { registerHandovers } from './views/sharing/handoverDocuments.ts';
import { pushCommand } from './views/sharing/pushToHub.ts';
import { SlurmRuns } from './views/slurm/slurmRuns.ts';

/**
 * The extension's entry in VS Code. Here commands, views and editors are only registered; what they do is in `views/`.
 */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Rejuvenation', { log: true });
  const jobs = new Jobs(log);
  const slurm = new SlurmRuns(jobs, context.workspaceState, submitWords);
  keepCudaRuntimeIn(context.globalStorageUri.fsPath);
  offerPython(selectedPython);
  const editors = InspectorEditors.register(context);
  ComparisonEditors.register(context);
  ReadinessEditors.register(context);
  const runs = new RunsTree(editors);
  const devices = new DevicesPanel(context.extensionUri);
  const register = <Arguments extends unknown[]>(name: string, handler: (...args: Arguments) => unknown) =>
    commands.registerCommand(`rejuvenation.${name}`, handler);
  const recipes = { run: runRecipeFile, parse: parseCurrentRecipe, memento: context.workspaceState };
  context.subscriptions.push(
    log,
    jobs,
    runs,
    devices,
    CardProvider.register(),
    registerPreviews(),
    registerRecipes(currentRecipeTable),
    watchCheckpointFolders(),
    ...registerAgentTools(jobs),
    registerMcpServer(),
    slurm.offer(),
    register('rejuvenate', (folder?: Uri) => rejuvenateCommand(context, jobs, slurm, folder?.fsPath)),
    register('runOnSlurm', (folder?: Uri) => rejuvenateCommand(context, jobs, slurm, folder?.fsPath, true)),
    register('trySample', () => trySample(context, jobs)),
    register('resume', (node?: RunNode) => resumeRun(jobs, node?.target)),
    register('backToRun', () => editors.active.back()),
    register('showOverview', () => editors.active.send({ name: 'show', tab: 'overview' })),
    register('showHeatmap', () => editors.active.send({ name: 'show', tab: 'heatmap' })),
    register('showAttribution', () => editors.active.send({ name: 'show', tab: 'attribution' })),
    register('showOverlap', () => editors.active.send({ name: 'show', tab: 'overlap' })),
    register('showTokens', () => editors.active.send({ name: 'show', tab: 'tokens' })),
    register('showEntropy', () => editors.active.send({ name: 'show', tab: 'entropy' })),
    register('showNeuron', () => editors.active.send({ name: 'show', tab: 'neuron' })),
    register('showLogit', () => editors.active.send({ name: 'show', tab: 'logit' })),
    register('nextTarget', () => editors.active.send({ name: 'target', step: 1 })),
    register('previousTarget', () => editors.active.send({ name: 'target', step: -1 })),
    register('setRho', () => editors.active.setRho()),
    register('setAlpha', () => editors.active.setAlpha()),
    register('exportFigure', () => editors.active.exportFigure()),
    register('openRun', (node?: RunNode) => openRun(node?.record)),
    register('commit', (request?: CommitRequest) => commitRecord(jobs, slurm, log, request)),
    register('verify', (request?: VerifyRequest) => verifyRecord(jobs, slurm, request)),
    register('measure', (request?: MeasureRequest) =>
      measureRecord(jobs, editors.measurings, request ?? editors.active.setting),
    ),
    register('sweep', (request?: { readonly record?: Uri }) =>
      sweepRecord(context, jobs, slurm, editors.measurings, request ?? editors.active.setting),
    ),
    register('showSweep', () => editors.active.send({ name: 'show', tab: 'sweep' })),
    register('compare', (folder?: Uri, selected?: readonly Uri[]) => compareCommand(context, jobs, folder, selected)),
    register('compareCommitted', (node: RunNode) => compareCommitted(context, jobs, node)),
    register('compareRuns', () => compareRunsCommand(jobs)),
    register('compareCards', (folder?: Uri, selected?: readonly Uri[]) => compareCards(jobs, folder, selected)),
    register('measureReadiness', (folder?: Uri, selected?: readonly Uri[]) =>
      measureReadinessCommand(context, jobs, slurm, folder, selected),
    ),
    register('previewCalibration', (file?: Uri, selected?: readonly Uri[]) =>
      previewCalibrationCommand(context, file, selected),
    ),
    register('exportReport', (node?: RunNode) => exportReportCommand(jobs, node?.record)),
    register('runRecipe', (uri?: Uri) => runRecipeCommand(jobs, log, recipes, uri)),
    register('saveRecipe', (node?: RunNode) => saveRecipe(node?.record)),
    register('handOver', (folder?: Uri | RunNode) => handOverCommand(context, folderOf(folder))),
    register('pushToHub', (folder?: Uri | RunNode) => pushCommand(context, jobs, folderOf(folder))),
    registerHandovers(),
    register('cancel', () => jobs.cancel()),
    register('showDevices', () => devices.show()),
    register('installCuda', () => installCuda(log, devices)),
    register('removeCuda', () => removeCuda(log, devices)),
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

/** The checkpoint's folder that a command was called on, in the Explorer or in the Rejuvenation view. */
function folderOf(called: Uri | RunNode | undefined): string | undefined {
  if (called === undefined) return undefined;
  return 'kind' in called ? called.target?.fsPath : called.fsPath;
}
