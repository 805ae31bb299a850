import { basename } from 'node:path';
import {
  Disposable,
  EventEmitter,
  Range,
  type TextDocumentContentProvider,
  type TextEditor,
  ThemeColor,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { CalibrationPreview } from '../../run/previewCalibration.ts';
import { type PreviewText, previewText } from './previewText.ts';

/* Previews of calibrations as documents that cannot be edited, with the responses highlighted. */

/** Of documents that hold a preview. Their names' ending is a language in `package.json`, for which long lines are wrapped. */
const previewScheme = 'rejuvenation-preview';

/** Previews that are kept, for when their tab is looked at again. */
const mostKept = 16;

const kept = new Map<string, PreviewText>();
/** A preview that may be open already is another. */
const outdated = new EventEmitter<Uri>();

const provider: TextDocumentContentProvider = {
  onDidChange: outdated.event,
  provideTextDocumentContent: (uri) =>
    kept.get(uri.toString())?.text ?? 'This preview is gone. Run Rejuvenation: Preview Calibration… again.\n',
};

/** Makes VS Code show previews. */
export function registerPreviews(): Disposable {
  const highlight = window.createTextEditorDecorationType({
    backgroundColor: new ThemeColor('diffEditor.insertedTextBackground'),
    overviewRulerColor: new ThemeColor('editorOverviewRuler.addedForeground'),
  });
  const decorate = (editors: readonly TextEditor[]) => {
    for (const editor of editors) {
      const { document } = editor;
      if (document.uri.scheme !== previewScheme) continue;
      const { responses } = kept.get(document.uri.toString()) ?? { responses: [] };
      const ranges = responses.map(({ start, end }) => new Range(document.positionAt(start), document.positionAt(end)));
      editor.setDecorations(highlight, ranges);
    }
  };
  return Disposable.from(
    highlight,
    workspace.registerTextDocumentContentProvider(previewScheme, provider),
    window.onDidChangeVisibleTextEditors(decorate),
    workspace.onDidChangeTextDocument(({ document }) =>
      decorate(window.visibleTextEditors.filter((editor) => editor.document === document)),
    ),
  );
}

/**
 * Opens a preview beside what is being looked at.
 *
 * @param named the calibration files as they were asked for, which name the document
 */
export async function showPreview(
  preview: CalibrationPreview,
  named: readonly string[],
  sft: string,
  preserveFocus: boolean,
): Promise<void> {
  const uri = Uri.from({
    scheme: previewScheme,
    path: `/${basename(named[0]!)}.calibration-preview`,
    query: JSON.stringify({ calibration: named, sft }),
  });
  const key = uri.toString();
  kept.delete(key);
  kept.set(key, previewText(preview));
  for (const old of [...kept.keys()].slice(0, -mostKept)) kept.delete(old);
  outdated.fire(uri);
  const open = window.visibleTextEditors.find(({ document }) => document.uri.toString() === key);
  const document = await workspace.openTextDocument(uri);
  const viewColumn = open?.viewColumn ?? ViewColumn.Beside;
  await window.showTextDocument(document, { viewColumn, preview: true, preserveFocus });
}
