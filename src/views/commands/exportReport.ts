import { basename } from 'node:path';
import { env, type Uri, window } from 'vscode';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { exportReport } from '../../run/report/exportReport.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { askRecord } from '../runs/openRun.ts';

/** *Export Report…*: a run record as one HTML page, with or without the text of the calibration. */
export async function exportReportCommand(jobs: Jobs, record?: Uri): Promise<void> {
  const uri = record ?? (await askRecord());
  if (uri === undefined) return;
  const chosen = await window.showQuickPick(
    [
      {
        label: 'With the calibration’s text',
        detail: 'Tokens, samples and words, as the inspector shows them.',
        text: true,
      },
      {
        label: 'Without it',
        detail: 'No tokens, no token ids, no names of calibration files: figures and numbers alone.',
        text: false,
      },
    ],
    { title: 'Export Report', placeHolder: 'What others may read' },
  );
  if (chosen === undefined) return;
  const target = await window.showSaveDialog({
    title: 'Export Report',
    defaultUri: uri.with({ path: `${uri.path.slice(0, -recordSuffix.length)}.html` }),
    filters: { 'Web page': ['html'] },
  });
  if (target === undefined) return;
  try {
    // The dialog has asked whether a file there is to be replaced.
    const options = { record: uri.fsPath, out: target.fsPath, text: chosen.text, overwrite: true };
    const done = await jobs.run(`Report of ${basename(uri.fsPath, recordSuffix)}`, () => exportReport(options));
    if (done === undefined) return;
    const rounded = done.rounding === undefined ? '' : `; ${done.rounding}`;
    const said = `Wrote ${basename(target.fsPath)}, ${(done.size / 1e6).toFixed(1)} MB${rounded}.`;
    if ((await window.showInformationMessage(said, 'Open')) === 'Open') await env.openExternal(target);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}
