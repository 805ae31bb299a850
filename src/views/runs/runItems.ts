import { basename } from 'node:path';
import { MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { exists } from '../../files/reading/exists.ts';
import { shownCount } from '../../files/reading/shown.ts';
import { heavyResetRatio } from '../../method/resetRatio.ts';
import { refuseRunning } from '../../record/run/recordLock.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { readStoppedRun } from '../../run/resume/stoppedRun.ts';
import { shownRho, shownShare } from '../ask/shownRho.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { comparisonViewType } from '../page/comparisonViewType.ts';
import { readinessViewType } from '../page/readinessViewType.ts';
import { type RunNode, runName } from './runNode.ts';

/* How each kind of node looks in the Rejuvenation view. */

/** Files that a tooltip names one by one; a data set may have thousands. */
const namedFiles = 5;

function firstOf(paths: readonly string[]): string[] {
  const more = paths.length - namedFiles;
  return [...paths.slice(0, namedFiles), ...(more > 0 ? [`and ${shownCount(more, 'more file')}`] : [])];
}

type ModuleResets = RunRecord['reset']['modules'];

function ratioOf(modules: ModuleResets): number {
  const neurons = modules.reduce((sum, module) => sum + module.neurons, 0);
  return (
    neurons /
    Math.max(
      1,
      modules.reduce((sum, module) => sum + module.width, 0),
    )
  );
}

/** A node of a record that can be read. */
export async function recordItem(node: RunNode, record: RunRecord): Promise<TreeItem> {
  switch (node.kind) {
    case 'run':
      return runItem(node, record);
    case 'checkpoint':
      return checkpointItem(node, record);
    default:
      return partItem(node, record.reset.modules);
  }
}

/** A checkpoint that was written from a run. */
async function checkpointItem({ target }: RunNode, { checkpoints }: RunRecord): Promise<TreeItem> {
  const folder = target!.fsPath;
  const item = new TreeItem(basename(folder), TreeItemCollapsibleState.None);
  const committed = checkpoints.find((each) => each.folder === folder);
  const { alpha = 0, rho = 0, neurons = 0 } = committed ?? {};
  const there = await exists(folder);
  const made = `alpha ${alpha}, ${rho === 0 ? 'fusion only' : `rho ${shownRho(rho)}`}`;
  item.description = there ? made : `${made}, no longer there`;
  item.iconPath = new ThemeIcon(there ? 'package' : 'warning');
  item.tooltip = `${folder}\n${made}, ${neurons} neurons reset`;
  item.accessibilityInformation = { label: `Checkpoint ${basename(folder)}, ${item.description}` };
  return item;
}

/** A run that was stopped, or one that is at work, here or elsewhere. */
export async function stoppedItem({ record, target }: RunNode): Promise<TreeItem> {
  const item = new TreeItem(runName(record.fsPath), TreeItemCollapsibleState.None);
  const running = await refuseRunning(record.fsPath).then(
    () => false,
    () => true,
  );
  try {
    const { phase, done, toDo, inputs } = await readStoppedRun(target!.fsPath);
    item.description = `${running ? 'running' : 'stopped'}, ${phase} at ${done} of ${toDo}`;
    item.tooltip = [inputs.sft, ...firstOf(inputs.calibration)].join('\n');
  } catch (error) {
    item.description = running ? 'running' : 'stopped';
    item.tooltip = messageOf(error);
  }
  item.iconPath = new ThemeIcon(running ? 'sync~spin' : 'debug-pause');
  item.contextValue = running ? 'running' : 'stopped';
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  return item;
}

function runItem({ record: uri }: RunNode, { settings, reset, run }: RunRecord): TreeItem {
  const item = new TreeItem(runName(uri.fsPath), TreeItemCollapsibleState.Collapsed);
  item.description = `${shownShare(reset.neuronRatio)} reset at the run’s rho, ${shownRho(settings.rho)}`;
  const heavy = reset.neuronRatio > heavyResetRatio;
  item.iconPath = new ThemeIcon(heavy ? 'warning' : 'beaker');
  const tooltip = new MarkdownString();
  tooltip.appendText(`${uri.fsPath}\n${new Date(run.finished).toLocaleString()}\n`);
  tooltip.appendText(`alpha ${settings.alpha}, ${reset.neurons} neurons, ${reset.parameters} parameters reset`);
  if (heavy) tooltip.appendText(`\nMore than ${shownShare(heavyResetRatio)} of all neurons: take a smaller rho.`);
  item.tooltip = tooltip;
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  return item;
}

function partItem(node: RunNode, all: ModuleResets): TreeItem {
  const layer = all.filter((module) => module.layer === node.layer);
  const modules = node.kind === 'layer' ? layer : layer.filter((module) => module.projection === node.projection);
  const neurons = modules.reduce((sum, module) => sum + module.neurons, 0);
  const isLayer = node.kind === 'layer';
  const item = new TreeItem(
    isLayer ? `Layer ${node.layer}` : node.projection!,
    isLayer ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.description = shownShare(ratioOf(modules));
  item.iconPath = new ThemeIcon(isLayer ? 'layers' : 'symbol-field');
  item.tooltip = `${neurons} neurons reset`;
  item.accessibilityInformation = { label: `${item.label}, ${item.description} reset, ${neurons} neurons` };
  return item;
}

/** How a record looks that is opened and has no parts in the view. */
const openedKinds = {
  comparison: { described: 'comparison', icon: 'diff', viewType: comparisonViewType },
  readiness: { described: 'readiness for RL', icon: 'pulse', viewType: readinessViewType },
} as const;

/** A comparison, or a readiness record. */
export function openedItem({ record }: RunNode, kind: keyof typeof openedKinds): TreeItem {
  const { described, icon, viewType } = openedKinds[kind];
  const item = new TreeItem(runName(record.fsPath), TreeItemCollapsibleState.None);
  item.description = described;
  item.iconPath = new ThemeIcon(icon);
  item.tooltip = record.fsPath;
  item.contextValue = kind;
  item.command = { command: 'vscode.openWith', title: 'Open', arguments: [record, viewType] };
  item.accessibilityInformation = { label: `${item.label}, ${described}` };
  return item;
}

/** A record of which one half is not there. */
export class MissingArrays extends Error {
  /** @param arrays path of the half that is missing */
  constructor(arrays: string) {
    super(`The arrays file "${arrays}" is missing: put it back beside the record, or delete the record and run again.`);
  }
}

/** A record that cannot be shown; opened, it says why at length. */
export function brokenItem(node: RunNode, error: Error): TreeItem {
  const item = new TreeItem(runName(node.record.fsPath), TreeItemCollapsibleState.None);
  item.description = error instanceof MissingArrays ? 'its arrays file is missing' : 'cannot be read';
  item.iconPath = new ThemeIcon('error', new ThemeColor('list.errorForeground'));
  item.tooltip = error.message;
  item.contextValue = 'broken';
  item.command = { command: 'rejuvenation.openRun', title: 'Open', arguments: [node] };
  item.accessibilityInformation = { label: `${item.label}, ${item.description}: ${error.message}` };
  return item;
}
