import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  commands,
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  env,
  RelativePattern,
  Uri,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import {
  type HostMessage,
  type InspectorAction,
  type InspectorRequest,
  type InspectorResults,
  type InspectorSelection,
  type PageMessage,
  pageMessageSchema,
  type RequestName,
} from '../protocol/inspector.ts';
import { InspectorDocument } from './inspectorDocument.ts';
import { inspectorHtml } from './inspectorHtml.ts';

export const inspectorViewType = 'rejuvenation.inspector';

/** A writer replaces two files one after the other: wait until it is done before reading. */
const settleMilliseconds = 250;

/** What the page points at, of which record. */
export interface RecordSelection extends InspectorSelection {
  readonly record: Uri;
}

/** An open record: its document, and the panels that show it. */
class InspectorEditor implements CustomDocument {
  readonly uri: Uri;
  readonly document: InspectorDocument;
  /** Panels whose page has asked for its snapshot and is still there: others would not hear a message. */
  readonly listening = new Set<WebviewPanel>();
  /** For a page that is not there to hear of it; the next snapshot carries it. */
  pendingSelection: InspectorSelection | undefined;
  readonly #watcher: Disposable;
  #timer: NodeJS.Timeout | undefined;
  readonly #closed: () => void;

  constructor(uri: Uri, closed: () => void) {
    this.uri = uri;
    this.document = new InspectorDocument(uri.fsPath);
    this.#closed = closed;
    // Watches both halves; a name that is also a glob would watch the wrong files, so the check is by name.
    const stem = basename(uri.fsPath).slice(0, -'.json'.length);
    const own = new Set([`${stem}.json`, `${stem}.safetensors`]);
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(dirname(uri.fsPath)), '*'));
    const changed = (file: Uri) => {
      if (!own.has(basename(file.fsPath))) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.reload(), settleMilliseconds);
    };
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    watcher.onDidDelete(changed);
    this.#watcher = watcher;
  }

  async reload(): Promise<void> {
    if (!(await this.document.load())) return;
    const message: HostMessage = { type: 'snapshot', snapshot: this.document.snapshot() };
    for (const panel of this.listening) void panel.webview.postMessage(message);
  }

  select(selection: InspectorSelection): void {
    const message: HostMessage = { type: 'select', selection };
    if (this.listening.size === 0) this.pendingSelection = selection;
    for (const panel of this.listening) void panel.webview.postMessage(message);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watcher.dispose();
    this.#closed();
  }
}

/** Shows `*.rejuvenation.json` as the inspector, read-only. */
export class InspectorEditors implements CustomReadonlyEditorProvider<InspectorEditor> {
  readonly #extensionUri: Uri;
  readonly #editors = new Map<string, InspectorEditor>();
  readonly #selected = new EventEmitter<RecordSelection>();
  /** The user selected a layer or a module in an inspector (or nothing any more). */
  readonly onDidSelect = this.#selected.event;

  constructor(extensionUri: Uri) {
    this.#extensionUri = extensionUri;
  }

  static register(context: ExtensionContext): InspectorEditors {
    const editors = new InspectorEditors(context.extensionUri);
    context.subscriptions.push(
      editors.#selected,
      // The page restores itself from its state and a snapshot, so it need not be kept while hidden.
      window.registerCustomEditorProvider(inspectorViewType, editors, {
        supportsMultipleEditorsPerDocument: true,
        webviewOptions: { retainContextWhenHidden: false },
      }),
    );
    return editors;
  }

  /** Selects a layer or module in the record's inspector, if one is open. */
  select({ record, ...selection }: RecordSelection): void {
    this.#editors.get(record.toString())?.select(selection);
  }

  async openCustomDocument(uri: Uri): Promise<InspectorEditor> {
    const key = uri.toString();
    const editor = new InspectorEditor(uri, () => this.#editors.delete(key));
    this.#editors.set(key, editor);
    await editor.document.load();
    return editor;
  }

  resolveCustomEditor(editor: InspectorEditor, panel: WebviewPanel): void {
    const { webview } = panel;
    const root = Uri.joinPath(this.#extensionUri, 'dist', 'webview');
    const source = (name: string) => webview.asWebviewUri(Uri.joinPath(root, name)).toString();
    webview.options = { enableScripts: true, localResourceRoots: [root] };
    webview.onDidReceiveMessage((message: unknown) => this.#receive(editor, panel, message));
    panel.onDidDispose(() => editor.listening.delete(panel));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) editor.listening.delete(panel);
    });
    webview.html = inspectorHtml({
      script: source('inspector.js'),
      style: source('inspector.css'),
      cspSource: webview.cspSource,
    });
  }

  async #receive(editor: InspectorEditor, panel: WebviewPanel, value: unknown): Promise<void> {
    const parsed = pageMessageSchema.safeParse(value);
    if (!parsed.success) {
      const { id } = (value ?? {}) as { readonly id?: unknown };
      if (typeof id === 'number')
        this.#post(panel, { type: 'reply', id, err: 'The page asked for something unknown.' });
      return;
    }
    const message: PageMessage = parsed.data;
    switch (message.type) {
      case 'select':
        this.#selected.fire({ record: editor.uri, ...message.selection });
        return;
      case 'action':
        try {
          await this.#act(editor, message.action);
        } catch (error) {
          void window.showErrorMessage(error instanceof Error ? error.message : String(error));
        }
        return;
      case 'request':
        try {
          this.#post(panel, { type: 'reply', id: message.id, ok: await this.#answer(editor, panel, message.request) });
        } catch (error) {
          const err = error instanceof Error ? error.message : String(error);
          this.#post(panel, { type: 'reply', id: message.id, err });
        }
    }
  }

  #post(panel: WebviewPanel, message: HostMessage): void {
    void panel.webview.postMessage(message);
  }

  async #answer(
    editor: InspectorEditor,
    panel: WebviewPanel,
    request: InspectorRequest,
  ): Promise<InspectorResults[RequestName]> {
    switch (request.name) {
      case 'snapshot': {
        const snapshot = editor.document.snapshot(editor.pendingSelection);
        editor.pendingSelection = undefined;
        editor.listening.add(panel);
        return snapshot;
      }
      case 'export':
        return saveFigure(editor.uri, request.file.name, request.file.bytes);
      case 'copy':
        await env.clipboard.writeText(request.text);
        return undefined;
      default:
        return editor.document.answer(request);
    }
  }

  async #act({ uri, document }: InspectorEditor, action: InspectorAction): Promise<void> {
    switch (action.name) {
      case 'commit':
        await commands.executeCommand('rejuvenation.commit', { record: uri, rho: action.rho, alpha: action.alpha });
        return;
      case 'verify':
        await commands.executeCommand('rejuvenation.verify', { record: uri });
        return;
      case 'openAsText':
        await commands.executeCommand('vscode.openWith', uri, 'default');
        return;
      case 'reveal': {
        const folder =
          action.checkpoint === undefined ? undefined : document.open?.record.checkpoints[action.checkpoint]?.folder;
        const target = folder === undefined ? uri : Uri.file(folder);
        await commands.executeCommand('rejuvenation.reveal', { record: uri, target });
      }
    }
  }
}

async function saveFigure(record: Uri, name: string, bytes: Uint8Array): Promise<string | undefined> {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const target = await window.showSaveDialog({
    defaultUri: Uri.file(join(dirname(record.fsPath), name)),
    filters: { [extension.toUpperCase()]: [extension] },
  });
  if (target === undefined) return undefined;
  await writeFile(target.fsPath, bytes);
  return basename(target.fsPath);
}
