import { basename } from 'node:path';
import {
  commands,
  type Disposable,
  StatusBarAlignment,
  type StatusBarItem,
  type Uri,
  type WebviewPanel,
  window,
} from 'vscode';
import type { HostMessage, InspectorCommand, InspectorShown } from '../../protocol/inspector.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { shownRho, shownShare } from '../ask/shownRho.ts';
import { notice } from '../jobs/messageOf.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';

/* Commands to the inspector that was looked at last, and the status bar's item that names its run and comes back to it. */

/** Context key: an inspector is open. */
const openKey = 'rejuvenation.inspectorOpen';

/** An open inspector. */
interface OpenInspector {
  readonly record: Uri;
  readonly panel: WebviewPanel;
  /** What its page shows; undefined until it has been drawn. */
  shown: InspectorShown | undefined;
  /** The page is there to hear a command. */
  listening: boolean;
  /** Commands to a page that is not there yet. */
  readonly waiting: InspectorCommand[];
}

/** The inspector that was looked at last: what commands go to. */
export class ActiveInspector implements Disposable {
  readonly #open = new Map<WebviewPanel, OpenInspector>();
  readonly #status: StatusBarItem;
  #active: OpenInspector | undefined;
  /** Its run, also after it was closed. */
  #record: Uri | undefined;

  constructor() {
    this.#status = window.createStatusBarItem('rejuvenation.run', StatusBarAlignment.Left);
    this.#status.name = 'Rejuvenation Run';
    this.#status.command = 'rejuvenation.backToRun';
  }

  dispose(): void {
    this.#status.dispose();
  }

  /** An editor was opened. */
  add(record: Uri, panel: WebviewPanel): void {
    const inspector: OpenInspector = { record, panel, shown: undefined, listening: false, waiting: [] };
    this.#open.set(panel, inspector);
    const look = () => {
      if (!panel.visible) inspector.listening = false;
      if (panel.active) this.#look(inspector);
    };
    look();
    panel.onDidChangeViewState(look);
    panel.onDidDispose(() => {
      this.#open.delete(panel);
      if (this.#active === inspector) this.#active = [...this.#open.values()].at(-1);
      void commands.executeCommand('setContext', openKey, this.#open.size > 0);
    });
    void commands.executeCommand('setContext', openKey, true);
  }

  /** The page of a panel says what it shows. */
  tell(panel: WebviewPanel, shown: InspectorShown): void {
    const inspector = this.#open.get(panel);
    if (inspector === undefined) return;
    inspector.shown = shown;
    inspector.listening = panel.visible;
    if (inspector === this.#active) this.#show();
    for (const command of inspector.waiting.splice(0)) this.#post(inspector, command);
  }

  #look(inspector: OpenInspector): void {
    this.#active = inspector;
    this.#record = inspector.record;
    this.#show();
  }

  #show(): void {
    if (this.#record === undefined) return;
    const name = notice(basename(this.#record.fsPath).replace(recordSuffix, ''));
    const shown = this.#active?.record === this.#record ? this.#active.shown : undefined;
    const reset = shown?.neuronRatio === undefined ? '' : `, ${shownShare(shown.neuronRatio)} reset`;
    this.#status.text = `$(beaker) ${name}${shown === undefined ? '' : `: ρ ${Number((100 * shown.rho).toPrecision(3))} %${reset}`}`;
    this.#status.tooltip = `${this.#record.fsPath}\nClick to come back to the run.`;
    this.#status.show();
  }

  #post(inspector: OpenInspector, command: InspectorCommand): void {
    void inspector.panel.webview.postMessage({ type: 'command', command } satisfies HostMessage);
  }

  /** Brings the inspector to the front and has its page do something. */
  send(command: InspectorCommand): void {
    const inspector = this.#active;
    if (inspector === undefined) return;
    if (!inspector.listening) inspector.waiting.push(command);
    inspector.panel.reveal();
    if (inspector.listening) this.#post(inspector, command);
  }

  /** *Back to Run*: the inspector that was looked at last; opened again where it was closed. */
  async back(): Promise<void> {
    if (this.#active !== undefined) this.#active.panel.reveal();
    else if (this.#record !== undefined)
      await commands.executeCommand('vscode.openWith', this.#record, inspectorViewType);
    else await commands.executeCommand('rejuvenation.openRun');
  }

  /** The run that was looked at last, and what is set for it; undefined where none is open. */
  get setting():
    | { readonly record: Uri; readonly rho?: number | undefined; readonly alpha?: number | undefined }
    | undefined {
    const inspector = this.#active;
    return inspector && { record: inspector.record, rho: inspector.shown?.rho, alpha: inspector.shown?.alpha };
  }

  /** *Set Rho…*: asks for percent, as the page's field does. */
  async setRho(): Promise<void> {
    const shown = this.#active?.shown;
    if (shown === undefined) return;
    const percent = await askNumber('Rho in percent', 100 * shown.rho, (value) =>
      value > 0 && value <= 100 * shown.rhoLimit
        ? undefined
        : `ρ: above 0, at most ${shownRho(shown.rhoLimit)} (ranks kept)`,
    );
    if (percent !== undefined) this.send({ name: 'set', rho: percent / 100 });
  }

  /** *Set Alpha…* */
  async setAlpha(): Promise<void> {
    const shown = this.#active?.shown;
    if (shown === undefined) return;
    const alpha = await askNumber('Alpha, share of SFT in the fusion', shown.alpha, (value) =>
      value >= 0 && value <= 1 ? undefined : 'α: from 0 (base) to 1 (SFT)',
    );
    if (alpha !== undefined) this.send({ name: 'set', alpha });
  }

  /** *Export Figure…*: a figure of the view that is shown, in a format. */
  async exportFigure(): Promise<void> {
    const figures = this.#active?.shown?.figures ?? [];
    const items = figures.flatMap(({ name, title }) =>
      (['svg', 'png', 'csv'] as const).map((format) => ({
        label: `${notice(title)}, ${format.toUpperCase()}`,
        command: { name: 'export', figure: name, format } as const,
      })),
    );
    if (items.length === 0) {
      void window.showInformationMessage('This view has no figure. Show another view of the inspector first.');
      return;
    }
    const chosen = await window.showQuickPick(items, {
      title: 'Export Figure',
      placeHolder: 'Which figure?',
      ignoreFocusOut: true,
    });
    if (chosen !== undefined) this.send(chosen.command);
  }
}

/** Asks for a number; says what is wrong with what is typed. */
async function askNumber(
  prompt: string,
  value: number,
  fault: (value: number) => string | undefined,
): Promise<number | undefined> {
  const numberIn = (text: string) => {
    const typed = text.trim().replace(/\s*%$/, '');
    return typed === '' ? Number.NaN : Number(typed);
  };
  const text = await window.showInputBox({
    prompt,
    value: String(Number(value.toPrecision(6))),
    validateInput: (typed) => fault(numberIn(typed)),
  });
  return text === undefined ? undefined : numberIn(text);
}
