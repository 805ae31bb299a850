import { commands, type ExtensionContext, type Uri, window } from 'vscode';
import { keepCudaRuntimeIn } from './cudaRuntime/runtimePlace.ts';
import { CardProvider, compareCards } from './views/cards.ts';
import { type CommitRequest, commitRecord } from './views/commitRecord.ts';
import { compareCommand } from './views/compareCheckpoints.ts';
import { ComparisonEditors } from './views/comparisonEditor.ts';
import { installCuda, removeCuda } from './views/cudaRuntime.ts';
import { deleteRun } from './views/deleteRun.ts';
import { InspectorEditors } from './views/inspectorEditor.ts';
import { Jobs } from './views/jobs.ts';
import { openRun } from './views/openRun.ts';
import { rejuvenateCommand } from './views/rejuvenate.ts';
import { type RunNode, RunsTree } from './views/runsTree.ts';
import { showDevices } from './views/showDevices.ts';
import { trySample } from './views/trySample.ts';
import { type VerifyRequest, verifyRecord } from './views/verifyRecord.ts';
import { watchCheckpointFolders } from './views/workspaceCheckpoints.ts';

/** Registrations only; what they do lives in `views/`. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Rejuvenation', { log: true });
  const jobs = new Jobs(log);
  keepCudaRuntimeIn(context.globalStorageUri.fsPath);
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
    watchCheckpointFolders(),
    register('rejuvenate', (folder?: Uri) => rejuvenateCommand(context, jobs, folder?.fsPath)),
    register('trySample', () => trySample(context, jobs)),
    register('openRun', (node?: RunNode) => openRun(node?.record)),
    register('commit', (request?: CommitRequest) => commitRecord(jobs, log, request)),
    register('verify', (request?: VerifyRequest) => verifyRecord(jobs, request)),
    register('compare', (folder?: Uri, selected?: readonly Uri[]) => compareCommand(context, jobs, folder, selected)),
    register('compareCards', (folder?: Uri, selected?: readonly Uri[]) => compareCards(jobs, folder, selected)),
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
