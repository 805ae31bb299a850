import {
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  commands,
  type Disposable,
  type ExtensionContext,
  env,
  Uri,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import { ComparedFiles } from '../../comparison/comparedFiles.ts';
import { nextTokenDistributions } from '../../comparison/outputs/nextTokens.ts';
import { resetMarks } from '../../comparison/resetMarks.ts';
import { InputError } from '../../errors.ts';
import {
  type ComparisonAction,
  type ComparisonPageMessage,
  type ComparisonRequest,
  type ComparisonRequestName,
  type ComparisonResults,
  type ComparisonSnapshot,
  comparisonPageMessageSchema,
  type NextTokenDistributions,
} from '../../protocol/comparison.ts';
import { type OpenComparison, readComparison } from '../../record/comparison/comparisonFile.ts';
import { EngineKeeper } from '../jobs/engineKeeper.ts';
import { mayRead } from '../jobs/trust.ts';
import { comparisonViewType } from '../page/comparisonViewType.ts';
import { openPage, servePage } from '../page/pageServer.ts';
import { RecordDocument } from '../page/recordDocument.ts';
import { watchRecord } from '../page/recordWatcher.ts';
import { saveFigure } from '../page/saveFigure.ts';
import { findRecords, runName } from '../runs/runNode.ts';
import { recordCardUri, showCards } from './cards.ts';
import { comparisonHtml } from './comparisonHtml.ts';
import { measuredRows, measuredSample, sampleIds, summaryRecord, tensorMaps } from './comparisonParts.ts';
import { Spectra } from './spectra.ts';

/* The editor for comparison records: opens `*.comparison.json`, and answers what its page asks for. */

/** Distributions kept, so that going back to a token costs nothing. */
const keptDistributions = 64;

/** An open comparison: its document, its checkpoints' files, and the panels that show it. */
class ComparisonEditor implements CustomDocument {
  readonly uri: Uri;
  readonly document: RecordDocument<OpenComparison>;
  /** Panels whose page has asked for its snapshot and is still there: others would not hear a message. */
  readonly listening = new Set<WebviewPanel>();
  /** Stops the engine's work for the page. */
  distributing: AbortController | undefined;
  readonly distributions = new Map<string, NextTokenDistributions>();
  readonly spectra: Spectra;
  readonly #watchers: readonly Disposable[];
  #files: ComparedFiles | undefined;

  constructor(uri: Uri) {
    this.uri = uri;
    this.document = new RecordDocument(uri.fsPath, readComparison);
    this.spectra = new Spectra(() => ({ record: this.document.opened.record, files: this.files }));
    const again = () => void this.send();
    const runs = workspace.createFileSystemWatcher('**/*.rejuvenation.json');
    this.#watchers = [
      watchRecord(uri, () => void this.reload()),
      runs,
      runs.onDidChange(again),
      runs.onDidCreate(again),
      runs.onDidDelete(again),
      workspace.onDidGrantWorkspaceTrust(again),
    ];
  }

  get files(): ComparedFiles {
    this.#files ??= new ComparedFiles(this.document.opened.record, mayRead);
    return this.#files;
  }

  async reload(): Promise<void> {
    if (!(await this.document.load())) return;
    this.#files = undefined;
    this.distributions.clear();
    this.spectra.forget();
    await this.send();
  }

  async send(): Promise<void> {
    if (this.listening.size === 0) return;
    const snapshot = await this.snapshot();
    for (const panel of this.listening) void panel.webview.postMessage({ type: 'snapshot', snapshot });
  }

  async snapshot(): Promise<ComparisonSnapshot> {
    const { revision, open, refusal } = this.document;
    if (open === undefined) return { type: 'refused', revision, message: refusal };
    const folders = open.record.checkpoints.map(({ folder }) => folder);
    const records = (await findRecords()).map(({ fsPath }) => fsPath);
    const summary = {
      path: open.path,
      record: summaryRecord(open.record),
      files: await this.files.states(),
      resetSets: await resetMarks(records, folders, runName),
    };
    return { type: 'comparison', revision, summary };
  }

  dispose(): void {
    this.distributing?.abort();
    this.spectra.stop();
    for (const watcher of this.#watchers) watcher.dispose();
  }
}

/** Shows `*.comparison.json` side by side, read-only. */
export class ComparisonEditors implements CustomReadonlyEditorProvider<ComparisonEditor> {
  readonly #extensionUri: Uri;
  readonly #engine = new EngineKeeper();

  constructor(extensionUri: Uri) {
    this.#extensionUri = extensionUri;
  }

  static register(context: ExtensionContext): void {
    const editors = new ComparisonEditors(context.extensionUri);
    context.subscriptions.push(
      editors.#engine,
      window.registerCustomEditorProvider(comparisonViewType, editors, {
        supportsMultipleEditorsPerDocument: true,
        webviewOptions: { retainContextWhenHidden: false },
      }),
    );
  }

  async openCustomDocument(uri: Uri): Promise<ComparisonEditor> {
    const editor = new ComparisonEditor(uri);
    await editor.document.load();
    return editor;
  }

  resolveCustomEditor(editor: ComparisonEditor, panel: WebviewPanel): void {
    servePage<ComparisonPageMessage>(panel.webview, {
      schema: comparisonPageMessageSchema,
      answer: ({ request }) => this.#answer(editor, panel, request),
      told: ({ action }) => this.#act(editor, action),
    });
    panel.onDidDispose(() => editor.listening.delete(panel));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) editor.listening.delete(panel);
    });
    openPage(panel.webview, this.#extensionUri, 'comparison', comparisonHtml);
  }

  async #answer(
    editor: ComparisonEditor,
    panel: WebviewPanel,
    request: ComparisonRequest,
  ): Promise<ComparisonResults[ComparisonRequestName]> {
    const { document } = editor;
    switch (request.name) {
      case 'snapshot': {
        editor.listening.add(panel);
        return editor.snapshot();
      }
      case 'tensor':
        return tensorMaps(document.opened, request.pair, request.tensor);
      case 'window':
        return editor.files.window(request.pair, request.tensor, request);
      case 'spectrum':
        return editor.spectra.of(request.pair, request.tensor);
      case 'rows':
        return measuredRows(document.opened);
      case 'sample':
        return measuredSample(document.opened, request.index);
      case 'distribution':
        return this.#distribution(editor, request.sample, request.row);
      case 'export':
        return saveFigure(editor.uri, request.file.name, request.file.bytes);
      case 'copy':
        await env.clipboard.writeText(request.text);
        return undefined;
    }
  }

  /** @throws InputError when the workspace is not trusted or files are missing */
  async #distribution(editor: ComparisonEditor, sample: number, row: number): Promise<NextTokenDistributions> {
    const key = `${sample} ${row}`;
    const known = editor.distributions.get(key);
    if (known !== undefined) return known;
    if (!workspace.isTrusted) throw new InputError('Models run in trusted workspaces only.');
    const ids = await sampleIds(editor.document.opened, sample);
    if (row > ids.length - 2) throw new RangeError(`Sample ${sample} has no logit row ${row}.`);
    const checkpoints = await editor.files.all();
    // Only the last one asked for is waited for.
    editor.distributing?.abort();
    const stop = new AbortController();
    editor.distributing = stop;
    const found = await this.#engine.use(stop.signal, (engine) =>
      nextTokenDistributions(engine, checkpoints, { sample, row, ids }, stop.signal),
    );
    if (editor.distributions.size >= keptDistributions)
      editor.distributions.delete([...editor.distributions.keys()][0]!);
    editor.distributions.set(key, found);
    return found;
  }

  async #act({ uri, document, distributing, spectra }: ComparisonEditor, action: ComparisonAction): Promise<void> {
    switch (action.name) {
      case 'compareCards': {
        const { record } = document.opened;
        const pair = record.pairs[action.pair];
        if (pair === undefined) throw new RangeError(`The record has no pair ${action.pair}.`);
        const card = (position: number) => recordCardUri(record.checkpoints[position]!.name, uri.fsPath, position);
        await showCards(card(pair.reference), card(pair.checkpoint));
        return;
      }
      case 'cancelDistribution':
        distributing?.abort();
        return;
      case 'cancelSpectra':
        spectra.stop();
        return;
      case 'openAsText':
        await commands.executeCommand('vscode.openWith', uri, 'default');
        return;
      case 'reveal': {
        const folder =
          action.checkpoint === undefined ? undefined : document.opened.record.checkpoints[action.checkpoint];
        const target = folder === undefined ? uri : Uri.file(folder.folder);
        await commands.executeCommand('rejuvenation.reveal', { record: uri, target });
      }
    }
  }
}
