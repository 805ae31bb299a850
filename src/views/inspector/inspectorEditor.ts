import {
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  commands,
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  env,
  Uri,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import { InputError } from '../../errors.ts';
import {
  type HostMessage,
  type InspectorAction,
  type InspectorRequest,
  type InspectorResults,
  type InspectorSelection,
  type PageMessage,
  pageMessageSchema,
  type RequestName,
} from '../../protocol/inspector.ts';
import { maySweep } from '../../run/sweep/runSweeps.ts';
import { EngineKeeper } from '../jobs/engineKeeper.ts';
import { mayRead } from '../jobs/trust.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';
import { openPage, servePage } from '../page/pageServer.ts';
import { watchRecord } from '../page/recordWatcher.ts';
import { saveFigure } from '../page/saveFigure.ts';
import { ActiveInspector } from './activeInspector.ts';
import type { ExplanationContext } from './explanations.ts';
import { InspectorDocument } from './inspectorDocument.ts';
import { inspectorHtml } from './inspectorHtml.ts';
import { Measurings } from './measurings.ts';

/* The inspector, the editor for run records: opens `*.rejuvenation.json`, and answers what its page asks for. */

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
  readonly #closed: () => void;

  constructor(uri: Uri, context: ExplanationContext, closed: () => void) {
    this.uri = uri;
    this.document = new InspectorDocument(uri.fsPath, context);
    this.#closed = closed;
    this.#watcher = watchRecord(
      uri,
      () => void this.reload(),
      (name) => maySweep(uri.fsPath, name) && this.post({ type: 'sweepsChanged' }),
    );
  }

  async reload(): Promise<void> {
    if (!(await this.document.load())) return;
    this.post({ type: 'snapshot', snapshot: this.document.snapshot() });
  }

  post(message: HostMessage): void {
    for (const panel of this.listening) void panel.webview.postMessage(message);
  }

  select(selection: InspectorSelection): void {
    if (this.listening.size === 0) this.pendingSelection = selection;
    this.post({ type: 'select', selection });
  }

  dispose(): void {
    this.#watcher.dispose();
    this.document.stop();
    this.#closed();
  }
}

/** Shows `*.rejuvenation.json` as the inspector, read-only. */
export class InspectorEditors implements CustomReadonlyEditorProvider<InspectorEditor> {
  readonly #extensionUri: Uri;
  readonly #editors = new Map<string, InspectorEditor>();
  readonly #engine = new EngineKeeper();
  readonly #context: ExplanationContext = {
    mayRead,
    useEngine: (signal, work) => {
      if (!workspace.isTrusted) throw new InputError('Models run in trusted workspaces only.');
      return this.#engine.use(signal, work);
    },
  };
  readonly #selected = new EventEmitter<RecordSelection>();
  /** The user selected a layer or a module in an inspector (or nothing any more). */
  readonly onDidSelect = this.#selected.event;
  /** What commands go to. */
  readonly active = new ActiveInspector();
  /** What is measured of each run without a commit. */
  readonly measurings = new Measurings((record, message) => this.#editors.get(record.toString())?.post(message));

  constructor(extensionUri: Uri) {
    this.#extensionUri = extensionUri;
  }

  static register(context: ExtensionContext): InspectorEditors {
    const editors = new InspectorEditors(context.extensionUri);
    context.subscriptions.push(
      editors.#selected,
      editors.active,
      editors.#engine,
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
    const editor = new InspectorEditor(uri, this.#context, () => this.#editors.delete(key));
    this.#editors.set(key, editor);
    await editor.document.load();
    return editor;
  }

  resolveCustomEditor(editor: InspectorEditor, panel: WebviewPanel): void {
    servePage<PageMessage>(panel.webview, {
      schema: pageMessageSchema,
      answer: ({ request }) => this.#answer(editor, panel, request),
      told: (message) => {
        if (message.type === 'action') return this.#act(editor, message.action);
        if (message.type === 'shown') return this.active.tell(panel, message.shown);
        this.#selected.fire({ record: editor.uri, ...message.selection });
        return undefined;
      },
    });
    panel.onDidDispose(() => editor.listening.delete(panel));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) editor.listening.delete(panel);
    });
    this.active.add(editor.uri, panel);
    openPage(panel.webview, this.#extensionUri, 'inspector', inspectorHtml);
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
      case 'measured': {
        const { document, uri } = editor;
        return { ...(await document.sweeps(mayRead)), ...this.measurings.of(uri, document.identity) };
      }
      case 'export':
        return saveFigure(editor.uri, request.file.name, request.file.bytes);
      case 'copy':
        await env.clipboard.writeText(request.text);
        return undefined;
      case 'neuron':
      case 'neuronDrift':
      case 'neuronTokens':
      case 'target':
      case 'explain':
        return editor.document.explain(request);
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
      case 'measure':
        await commands.executeCommand('rejuvenation.measure', { record: uri, rho: action.rho, alpha: action.alpha });
        return;
      case 'sweep':
        await commands.executeCommand('rejuvenation.sweep', { record: uri });
        return;
      case 'cancel':
        await commands.executeCommand('rejuvenation.cancel');
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
