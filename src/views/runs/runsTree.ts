import {
  type Disposable,
  EventEmitter,
  type TreeDataProvider,
  type TreeItem,
  type TreeView,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { Projection } from '../../checkpoint/architecture/architecture.ts';
import { exists } from '../../files/reading/exists.ts';
import { readRecordJson } from '../../record/run/recordFile.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import type { InspectorEditors } from '../inspector/inspectorEditor.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { brokenItem, MissingArrays, openedItem, recordItem, stoppedItem } from './runItems.ts';
import {
  arraysPattern,
  comparisonPattern,
  findComparisons,
  findReadiness,
  findRecords,
  findStopped,
  lockPattern,
  type RunNode,
  readinessPattern,
  recordOfPartial,
  recordPattern,
  stoppedPattern,
} from './runNode.ts';

/* The Rejuvenation view: a tree of the workspace's runs, comparisons and readiness records. */

/** A run, or a part of one, that an inspector can point at. */
function isPart({ kind }: RunNode): boolean {
  return kind === 'run' || kind === 'layer' || kind === 'module';
}

/**
 * Runs found in the workspace, with the checkpoints written from them, their layers and modules, and the effective reset ratio at
 * the run's rho; runs that were stopped; comparisons; and readiness records.
 */
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
    const watcher = workspace.createFileSystemWatcher(recordPattern);
    const forget = (uri: Uri) => {
      this.#records.delete(uri.toString());
      this.#changed.fire(undefined);
    };
    // A half that comes or goes makes its record whole or broken.
    const halves = workspace.createFileSystemWatcher(arraysPattern, false, true, false);
    const forgetAll = () => this.refresh();
    this.#disposables = [
      this.#changed,
      this.view,
      watcher,
      watcher.onDidCreate(forget),
      watcher.onDidChange(forget),
      watcher.onDidDelete(forget),
      halves,
      halves.onDidCreate(forgetAll),
      halves.onDidDelete(forgetAll),
      ...[comparisonPattern, readinessPattern].flatMap((each) => {
        const changes = workspace.createFileSystemWatcher(each, false, true, false);
        return [changes, changes.onDidCreate(forget), changes.onDidDelete(forget)];
      }),
      ...[stoppedPattern, lockPattern].flatMap((each) => {
        const changes = workspace.createFileSystemWatcher(each, false, true, false);
        return [changes, changes.onDidCreate(this.#stoppedChanged), changes.onDidDelete(this.#stoppedChanged)];
      }),
      this.view.onDidChangeSelection(({ selection: [node] }) => {
        if (node !== undefined && isPart(node)) {
          editors.select(selectionOf(node));
        }
      }),
      editors.onDidSelect(({ record, layer, projection }) => void this.#follow(record, layer, projection)),
    ];
  }

  readonly #stoppedChanged = (): void => this.#changed.fire(undefined);

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
    const node =
      projection === undefined
        ? this.#node('layer', record, { layer })
        : this.#node('module', record, { layer, projection });
    const [selected] = this.view.selection;
    if (selected === node) return;
    // A record outside the workspace is not in the tree.
    const inside = (await findRecords()).some((uri) => uri.toString() === record.toString());
    if (inside) await this.view.reveal(node, { select: true, focus: false, expand: false });
  }

  #node(kind: RunNode['kind'], record: Uri, place: Omit<RunNode, 'kind' | 'record'> = {}): RunNode {
    const { layer, projection, target } = place;
    const key = JSON.stringify([record.toString(), layer, projection, target?.toString(), kind === 'stopped']);
    const known = this.#nodes.get(key);
    if (known?.kind === kind) return known;
    const node: RunNode = { kind, record, ...place };
    this.#nodes.set(key, node);
    return node;
  }

  #record(uri: Uri): Promise<RunRecord | Error> {
    const key = uri.toString();
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    const record = listed(uri.fsPath);
    this.#records.set(key, record);
    return record;
  }

  getParent(node: RunNode): RunNode | undefined {
    if (node.kind === 'module') return this.#node('layer', node.record, { layer: node.layer! });
    return node.kind === 'layer' || node.kind === 'checkpoint' ? this.#node('run', node.record) : undefined;
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node === undefined) {
      const [records, comparisons, readiness, stopped] = await Promise.all([
        findRecords(),
        findComparisons(),
        findReadiness(),
        findStopped(),
      ]);
      const runs = records.map(async (uri) =>
        this.#node((await this.#record(uri)) instanceof Error ? 'broken' : 'run', uri),
      );
      return [
        ...stopped.map((target) => this.#node('stopped', recordOfPartial(target), { target })),
        ...(await Promise.all(runs)),
        ...comparisons.map((uri) => this.#node('comparison', uri)),
        ...readiness.map((uri) => this.#node('readiness', uri)),
      ];
    }
    if (node.kind === 'comparison' || node.kind === 'readiness' || node.kind === 'stopped') return [];
    const record = await this.#record(node.record);
    if (record instanceof Error) return [];
    if (node.kind === 'run') {
      const { checkpoints, architecture } = record;
      const folders = [...new Set(checkpoints.map(({ folder }) => folder))];
      return [
        ...folders.map((folder) => this.#node('checkpoint', node.record, { target: Uri.file(folder) })),
        ...Array.from({ length: architecture.layers }, (_, layer) => this.#node('layer', node.record, { layer })),
      ];
    }
    if (node.kind !== 'layer') return [];
    const own = record.reset.modules.filter((module) => module.layer === node.layer);
    return own.map(({ projection }) => this.#node('module', node.record, { layer: node.layer!, projection }));
  }

  async getTreeItem(node: RunNode): Promise<TreeItem> {
    if (node.kind === 'comparison' || node.kind === 'readiness') return openedItem(node, node.kind);
    if (node.kind === 'stopped') return stoppedItem(node);
    const record = await this.#record(node.record);
    if (record instanceof Error) return brokenItem(node, record);
    const item = await recordItem(node, record);
    item.contextValue = node.kind;
    if (isPart(node))
      item.command = { command: 'rejuvenation.selectInInspector', title: 'Show in Inspector', arguments: [node] };
    return item;
  }
}

/** A record's JSON half, which is all that the tree shows, as long as the other half is there; else what is wrong. */
async function listed(path: string): Promise<RunRecord | Error> {
  try {
    const record = await readRecordJson(path);
    const { arrays } = recordPaths(path);
    return (await exists(arrays)) ? record : new MissingArrays(notice(arrays));
  } catch (error) {
    return new Error(messageOf(error));
  }
}

function selectionOf({ record, layer, projection }: RunNode) {
  return {
    record,
    ...(layer === undefined ? {} : { layer }),
    ...(projection === undefined ? {} : { projection }),
  };
}
