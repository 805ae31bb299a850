import { basename, dirname, join } from 'node:path';
import { env, Uri, window } from 'vscode';
import { writeRunsPage } from '../../run/runs/writeRunsPage.ts';
import { shortPath } from '../ask/workspaceCheckpoints.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { findRecords } from '../runs/runNode.ts';

/** *Compare Runs…*: which neurons several runs select in common, as a page. */
export async function compareRunsCommand(jobs: Jobs): Promise<void> {
  const records = await askRecords();
  if (records === undefined) return;
  const target = await window.showSaveDialog({
    title: 'Compare Runs: the page',
    defaultUri: Uri.file(join(dirname(records[0]!), 'compared-runs.html')),
    filters: { 'Web page': ['html'] },
  });
  if (target === undefined) return;
  try {
    // The dialog has asked whether a file there is to be replaced.
    const options = { records, rho: undefined, out: target.fsPath, overwrite: true };
    const done = await jobs.run(`Comparison of ${records.length} runs`, () => writeRunsPage(options));
    if (done === undefined) return;
    const [{ whole }] = done.pairs as [(typeof done.pairs)[number]];
    const share = (value: number | undefined) => (value === undefined ? 'none' : value.toFixed(3));
    const first =
      done.pairs.length > 1 ? '' : ` Jaccard index ${share(whole.jaccard)}, by chance ${share(whole.chance)}.`;
    const said = `Wrote ${basename(target.fsPath)}.${first}`;
    if ((await window.showInformationMessage(said, 'Open')) === 'Open') await env.openExternal(target);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

/** Two records or more, of the workspace or browsed for. */
async function askRecords(): Promise<readonly string[] | undefined> {
  const browse = { label: '$(folder-opened) Browse…', alwaysShow: true };
  const items = (await findRecords()).map((uri) => ({ ...shortPath(uri.fsPath), uri }));
  const chosen = await window.showQuickPick<{ label: string; uri?: Uri }>([...items, browse], {
    title: 'Compare Runs',
    placeHolder: 'Two or more run records of models of the same sizes',
    canPickMany: true,
    matchOnDescription: true,
  });
  if (chosen === undefined) return undefined;
  const named = chosen.flatMap(({ uri }) => (uri === undefined ? [] : [uri.fsPath]));
  if (chosen.some(({ uri }) => uri === undefined)) {
    const browsed = await window.showOpenDialog({
      title: 'Run records to compare',
      canSelectMany: true,
      filters: { 'Run records': ['json'] },
    });
    named.push(...(browsed ?? []).map(({ fsPath }) => fsPath));
  }
  if (named.length >= 2) return named;
  void window.showErrorMessage('Choose at least two run records to compare.');
  return undefined;
}
