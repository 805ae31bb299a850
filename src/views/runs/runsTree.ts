import { basename } from 'node:path';
import {
  type Disposable,
  EventEmitter,
  MarkdownString,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  type Uri,
  window,
  workspace,
} from 'vscode';
import type { Projection } from '../../checkpoint/architecture/architecture.ts';
import { heavyResetRatio } from '../../method/resetRatio.ts';
import { comparisonSuffix } from '../../record/comparison/comparisonPaths.ts';
import { readRecordJson } from '../../record/run/recordFile.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import type { InspectorEditors } from '../inspector/inspectorEditor.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { comparisonViewType } from '../page/comparisonViewType.ts';

/* The Rejuvenation view: a tree of the workspace's runs, their layers and modules, and its comparisons. */

const pattern = `**/*${recordSuffix}`;
const comparisonPattern = `**/*${comparisonSuffix}`;
const excluded = '**/{node_modules,.git}/**';
const most = 500;

export function findRecords(): Thenable<Uri[]> {
  return workspace.findFiles(pattern, excluded, most);
}

function findComparisons(): Thenable<Uri[]> {
  return workspace.findFiles(comparisonPattern, excluded, most);
}

/** A run, a layer of it, or a module of the layer; or a comparison. */
export interface RunNode {
  readonly kind: 'run' | 'layer' | 'module' | 'broken' | 'comparison';
  readonly record: Uri;
  readonly layer?: number;
  readonly projection?: Projection;
}

const percent = (ratio: number) => `${(100 * ratio).toFixed(2)} %`;

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

/** Runs found in the workspace, their layers and modules, with their effective reset ratio at the run's rho. */
export class RunsTree implements TreeDataProvider<RunNode>, Disposable {
  readonly #changed = new EventEmitter<RunNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #records = new Map<string, Promise<RunRecord | Error>>();
  /** One object a place, so that the view can find what it is asked to reveal. */
  readonly #nodes = new Map<string, RunNode>();
  readonly #disposables: Disposable[];
  readonly view: TreeView<RunNode>;

  constructor(editors: InspectorEditors) {
    this.view = window.createTreeView('rejuvenation.runs', { treeDataProvider: this, showCollapseAll: true });
    const watcher = workspace.createFileSystemWatcher(pattern);
    const comparisons = workspace.createFileSystemWatcher(comparisonPattern, false, true, false);
    const forget = (uri: Uri) => {
      this.#records.delete(uri.toString());
      this.#changed.fire(undefined);
    };
    this.#disposables = [
      this.#changed,
      this.view,
      watcher,
      watcher.onDidCreate(forget),
      watcher.onDidChange(forget),
      watcher.onDidDelete(forget),
      comparisons,
      comparisons.onDidCreate(forget),
      comparisons.onDidDelete(forget),
      this.view.onDidChangeSelection(({ selection: [node] }) => {
        if (node !== undefined && node.kind !== 'broken' && node.kind !== 'comparison') {
          editors.select(selectionOf(node));
        }
      }),
      editors.onDidSelect(({ record, layer, projection }) => void this.#follow(record, layer, projection)),
    ];
  }

  refresh(): void {
    this.#records.clear();
    this.#changed.fire(undefined);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Shows in the tree what was selected in an inspector, without taking the focus. */
  async #follow(record: Uri, layer: number | undefined, projection: Projection | undefined): Promise<void> {
    if (!this.view.visible || layer === undefined) return;
    const node = this.#node(projection === undefined ? 'layer' : 'module', record, layer, projection);
    const [selected] = this.view.selection;
    if (selected === node) return;
    // A record outside the workspace is not in the tree.
    const inside = (await findRecords()).some((uri) => uri.toString() === record.toString());
    if (inside) await this.view.reveal(node, { select: true, focus: false, expand: false });
  }

  #node(kind: RunNode['kind'], record: Uri, layer?: number, projection?: Projection): RunNode {
    const key = JSON.stringify([record.toString(), layer, projection]);
    const known = this.#nodes.get(key);
    if (known?.kind === kind) return known;
    const node: RunNode = {
      kind,
      record,
      ...(layer === undefined ? {} : { layer }),
      ...(projection === undefined ? {} : { projection }),
    };
    this.#nodes.set(key, node);
    return node;
  }

  #record(uri: Uri): Promise<RunRecord | Error> {
    const key = uri.toString();
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    const record = readRecordJson(uri.fsPath).catch((error: unknown) => new Error(messageOf(error)));
    this.#records.set(key, record);
    return record;
  }

  getParent(node: RunNode): RunNode | undefined {
    if (node.kind === 'module') return this.#node('layer', node.record, node.layer);
    return node.kind === 'layer' ? this.#node('run', node.record) : undefined;
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node === undefined) {
      const records = [...(await findRecords())].sort((a, b) => a.fsPath.localeCompare(b.fsPath));
      const comparisons = [...(await findComparisons())].sort((a, b) => a.fsPath.localeCompare(b.fsPath));
      const runs = records.map(async (uri) =>
        this.#node((await this.#record(uri)) instanceof Error ? 'broken' : 'run', uri),
      );
      return [...(await Promise.all(runs)), ...comparisons.map((uri) => this.#node('comparison', uri))];
    }
    if (node.kind === 'comparison') return [];
    const record = await this.#record(node.record);
    if (record instanceof Error) return [];
    if (node.kind === 'run') {
      return Array.from({ length: record.architecture.layers }, (_, layer) => this.#node('layer', node.record, layer));
    }
    if (node.kind !== 'layer') return [];
    const own = record.reset.modules.filter((module) => module.layer === node.layer);
    return own.map(({ projection }) => this.#node('module', node.record, node.layer, projection));
  }

  async getTreeItem(node: RunNode): Promise<TreeItem> {
    if (node.kind === 'comparison') return comparisonItem(node);
    const record = await this.#record(node.record);
    if (record instanceof Error) return brokenItem(node, record);
    const item = node.kind === 'run' ? runItem(node, record) : partItem(node, record.reset.modules);
    item.contextValue = node.kind;
    item.command = { command: 'rejuvenation.selectInInspector', title: 'Show in Inspector', arguments: [node] };
    return item;
  }
}

function selectionOf({ record, layer, projection }: RunNode) {
  return {
    record,
    ...(layer === undefined ? {} : { layer }),
    ...(projection === undefined ? {} : { projection }),
  };
}

/** A run's or a comparison's name, from its record's path. */
export function runName(path: string): string {
  return basename(path).replace(/\.(rejuvenation|comparison)\.json$/, '');
}

function runItem({ record: uri }: RunNode, { settings, reset, run }: RunRecord): TreeItem {
  const item = new TreeItem(runName(uri.fsPath), TreeItemCollapsibleState.Collapsed);
  item.description = `${percent(reset.neuronRatio)} reset at rho ${percent(settings.rho)}`;
  const heavy = reset.neuronRatio > heavyResetRatio;
  item.iconPath = new ThemeIcon(heavy ? 'warning' : 'beaker');
  const tooltip = new MarkdownString();
  tooltip.appendText(`${uri.fsPath}\n${new Date(run.finished).toLocaleString()}\n`);
  tooltip.appendText(`alpha ${settings.alpha}, ${reset.neurons} neurons, ${reset.parameters} parameters reset`);
  if (heavy) tooltip.appendText(`\nMore than ${percent(heavyResetRatio)} of all neurons: take a smaller rho.`);
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
  item.description = percent(ratioOf(modules));
  item.iconPath = new ThemeIcon(isLayer ? 'layers' : 'symbol-field');
  item.tooltip = `${neurons} neurons reset`;
  item.accessibilityInformation = { label: `${item.label}, ${item.description} reset, ${neurons} neurons` };
  return item;
}

function comparisonItem({ record }: RunNode): TreeItem {
  const item = new TreeItem(runName(record.fsPath), TreeItemCollapsibleState.None);
  item.description = 'comparison';
  item.iconPath = new ThemeIcon('diff');
  item.tooltip = record.fsPath;
  item.contextValue = 'comparison';
  item.command = { command: 'vscode.openWith', title: 'Open', arguments: [record, comparisonViewType] };
  item.accessibilityInformation = { label: `${item.label}, comparison` };
  return item;
}

function brokenItem(node: RunNode, error: Error): TreeItem {
  const item = new TreeItem(runName(node.record.fsPath), TreeItemCollapsibleState.None);
  item.description = 'cannot be read';
  item.iconPath = new ThemeIcon('error');
  item.tooltip = error.message;
  item.contextValue = 'broken';
  return item;
}
