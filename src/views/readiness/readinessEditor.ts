import {
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  commands,
  type Disposable,
  type ExtensionContext,
  Uri,
  type WebviewPanel,
  window,
} from 'vscode';
import {
  type ReadinessAction,
  type ReadinessPageMessage,
  type ReadinessRequest,
  type ReadinessRequestName,
  type ReadinessResults,
  readinessPageMessageSchema,
} from '../../protocol/readiness.ts';
import { readReadiness } from '../../record/readiness/readinessFile.ts';
import type { ReadinessRecord } from '../../record/readiness/readinessRecord.ts';
import { openPage, servePage } from '../page/pageServer.ts';
import { readinessViewType } from '../page/readinessViewType.ts';
import { RecordDocument } from '../page/recordDocument.ts';
import { watchRecord } from '../page/recordWatcher.ts';
import { saveFigure } from '../page/saveFigure.ts';
import { readinessHtml } from './readinessHtml.ts';
import { readinessSnapshot, readinessSummary } from './readinessSummary.ts';

/* The editor for readiness records: opens `*.readiness.json`, and answers what its page asks for. */

/** An open record, and the panels that show it. */
class ReadinessEditor implements CustomDocument {
  readonly uri: Uri;
  readonly document: RecordDocument<ReadinessRecord>;
  /** Panels whose page has asked for its snapshot and is still there: others would not hear a message. */
  readonly listening = new Set<WebviewPanel>();
  readonly #watcher: Disposable;

  constructor(uri: Uri) {
    this.uri = uri;
    this.document = new RecordDocument(uri.fsPath, readReadiness);
    this.#watcher = watchRecord(uri, () => void this.#reload());
  }

  async #reload(): Promise<void> {
    if (!(await this.document.load())) return;
    const snapshot = readinessSnapshot(this.document);
    for (const panel of this.listening) void panel.webview.postMessage({ type: 'snapshot', snapshot });
  }

  dispose(): void {
    this.#watcher.dispose();
  }
}

/** Shows `*.readiness.json`, read-only. */
export class ReadinessEditors implements CustomReadonlyEditorProvider<ReadinessEditor> {
  readonly #extensionUri: Uri;

  constructor(extensionUri: Uri) {
    this.#extensionUri = extensionUri;
  }

  static register({ extensionUri, subscriptions }: ExtensionContext): void {
    subscriptions.push(
      window.registerCustomEditorProvider(readinessViewType, new ReadinessEditors(extensionUri), {
        supportsMultipleEditorsPerDocument: true,
        webviewOptions: { retainContextWhenHidden: false },
      }),
    );
  }

  async openCustomDocument(uri: Uri): Promise<ReadinessEditor> {
    const editor = new ReadinessEditor(uri);
    await editor.document.load();
    return editor;
  }

  resolveCustomEditor(editor: ReadinessEditor, panel: WebviewPanel): void {
    servePage<ReadinessPageMessage>(panel.webview, {
      schema: readinessPageMessageSchema,
      answer: ({ request }) => answer(editor, panel, request),
      told: ({ action }) => act(editor, action),
    });
    panel.onDidDispose(() => editor.listening.delete(panel));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) editor.listening.delete(panel);
    });
    openPage(panel.webview, this.#extensionUri, 'readiness', readinessHtml);
  }
}

async function answer(
  editor: ReadinessEditor,
  panel: WebviewPanel,
  request: ReadinessRequest,
): Promise<ReadinessResults[ReadinessRequestName]> {
  switch (request.name) {
    case 'snapshot':
      editor.listening.add(panel);
      return readinessSnapshot(editor.document);
    case 'export':
      return saveFigure(editor.uri, request.file.name, request.file.bytes);
  }
}

async function act({ uri, document }: ReadinessEditor, action: ReadinessAction): Promise<void> {
  switch (action.name) {
    case 'openAsText':
      await commands.executeCommand('vscode.openWith', uri, 'default');
      return;
    case 'reveal': {
      // A row as the page counts them.
      const rows = action.row === undefined ? [] : readinessSummary(uri.fsPath, document.opened).rows;
      const folder = rows[action.row ?? 0]?.folder ?? undefined;
      const target = folder === undefined ? uri : Uri.file(folder);
      await commands.executeCommand('rejuvenation.reveal', { record: uri, target });
    }
  }
}
