import { basename } from 'node:path';
import { commands, type LogOutputChannel, type Memento, Uri, window, workspace } from 'vscode';
import { quotedPath } from '../../files/reading/shown.ts';
import type { ParsedRecipe } from '../../recipe/parsedRecipe.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { inspectorViewType } from '../page/inspectorViewType.ts';
import { mayRunHere } from '../slurm/mayRunHere.ts';
import { agreedToRecipe } from './agreeToRecipe.ts';

/* The command *Run Recipe*: runs the recipe that is open as the command line does. It asks nothing, unless the recipe names a program, a server or a cluster. */

/** What a recipe needs to be run: where its tables go, too. */
export interface RecipeContext extends RunContext {
  print(text: string): void;
  say(text: string): void;
}

/** Runs a recipe by its absolute path. @returns its record, and the sentence on what is not ready, where something is not */
export type RunRecipeFile = (
  path: string,
  context: RecipeContext,
) => Promise<{ readonly record: string; readonly notReady?: string | undefined }>;

export interface RecipeRuns {
  readonly run: RunRecipeFile;
  readonly parse: (text: string) => ParsedRecipe;
  /** Of the workspace: what was agreed to. */
  readonly memento: Memento;
}

/** @param uri of the recipe; that of the active editor when left out */
export async function runRecipeCommand(
  jobs: Jobs,
  log: LogOutputChannel,
  { run, parse, memento }: RecipeRuns,
  uri: Uri | undefined = window.activeTextEditor?.document.uri,
): Promise<void> {
  if (!requireTrust()) return;
  if (uri?.scheme !== 'file') {
    void window.showWarningMessage('Open a recipe, NAME.rejuvenation.yaml, and run it from there.');
    return;
  }
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty && !(await open.save())) return;
  const name = basename(uri.fsPath);
  const document = open ?? (await workspace.openTextDocument(uri));
  const recipe = parse(document.getText());
  if (!(await agreedToRecipe(memento, recipe))) return;
  if (!(await mayRunHere('recipe', { runsModels: (recipe.sections.get('slurm') ?? []).length === 0 }))) return;
  const write = (text: string) => {
    for (const line of text.split('\n')) log.info(line);
  };
  const done = await jobs.run(
    `Recipe ${name}`,
    (context) => run(uri.fsPath, { ...context, print: write, say: write }),
    {
      text: 'What was finished is kept.',
      action: 'Resume',
      act: () => runRecipeCommand(jobs, log, { run, parse, memento }, uri),
    },
  );
  if (done === undefined) return;
  await commands.executeCommand('vscode.openWith', Uri.file(done.record), inspectorViewType);
  const said = done.notReady === undefined ? '' : ` ${done.notReady}`;
  void window
    .showInformationMessage(notice(`Recipe ${quotedPath(name)} is done.${said}`), 'Show Log')
    .then((chosen) => {
      if (chosen !== undefined) log.show();
    });
}
