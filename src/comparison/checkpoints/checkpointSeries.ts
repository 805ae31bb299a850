import { join, relative, resolve } from 'node:path';
import { type FolderContents, folderContents } from '../../checkpoint/folder/folderContents.ts';
import { folderKind, stepsIn } from '../../checkpoint/folder/folderKind.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { isUnfinishedStep } from '../../checkpoint/folder/stepName.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { shown } from '../../files/reading/shown.ts';
import { maxCheckpoints } from '../../record/comparison/comparisonRecord.ts';

/* Finds the series of checkpoints that a training run left: the folders of its steps in its output folder. */

/** What is compared, and sentences on what was found elsewhere or left out. */
export interface ExpandedSeries {
  /** Absolute paths of the folders that hold the weights. */
  readonly folders: readonly string[];
  readonly notes: readonly string[];
}

interface SeriesFolder {
  readonly contents: FolderContents;
  /** Names, in the order of the steps. */
  readonly steps: readonly string[];
}

async function seriesFolder(path: string): Promise<SeriesFolder | undefined> {
  // A model's name, or nothing: whoever looks for a checkpoint there says so better.
  if (!(await exists(path))) return undefined;
  const contents = await folderContents(path);
  const steps = stepsIn(contents).reverse();
  return steps.length === 0 ? undefined : { contents, steps };
}

/** Whether a folder holds the steps of a training run. @throws InputError when it cannot be read */
export async function isSeries(folder: string): Promise<boolean> {
  return (await seriesFolder(resolve(folder))) !== undefined;
}

/** The checkpoint of a step, opened to see that it is whole; else why it cannot be compared. */
async function usableStep(step: string): Promise<string | InputError> {
  try {
    const { folder } = await locateCheckpoint(step);
    await openCheckpoint(folder);
    return folder;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/**
 * The checkpoints of a training run's folder, by step, and last the folder itself where it holds weights too, as trainers leave
 * the final model there. A step that is broken is left out.
 */
async function expanded({ contents, steps }: SeriesFolder): Promise<ExpandedSeries> {
  const { folder, names } = contents;
  const folders: string[] = [];
  const leftOut: string[] = [];
  const inner = new Set<string>();
  let lastError: InputError | undefined;
  for (const name of steps) {
    const step = join(folder, name);
    const found = await usableStep(step);
    if (found instanceof InputError) {
      lastError = found;
      leftOut.push(`Step ${shown(name)} is left out: ${found.message}`);
      continue;
    }
    folders.push(found);
    if (found !== step) inner.add(relative(step, found));
  }
  for (const name of [...names].sort()) {
    if (isUnfinishedStep(name)) leftOut.push(`Step ${shown(name)} in "${folder}" is left out: it is half-written.`);
  }
  if (folderKind(contents).kind === 'checkpoint') folders.push(folder);
  if (folders.length === 0) {
    const which = steps.length === 1 ? 'The only step' : `None of the ${steps.length} steps`;
    throw new InputError(
      `${which} in "${folder}" can${steps.length === 1 ? 'not' : ''} be compared: ${lastError!.message}`,
    );
  }
  const found = [...inner].map((path) => `Of the steps in "${folder}" the weights in ${shown(path)} are compared.`);
  return { folders, notes: [...found, ...leftOut] };
}

function checkCount(count: number): void {
  if (count <= maxCheckpoints) return;
  throw new InputError(
    `${count} checkpoints were given, but at most ${maxCheckpoints} can be compared at a time: leave some steps out.`,
  );
}

/**
 * The folders to compare: each that holds a series replaced by its steps, each that is named otherwise by where its weights lie.
 *
 * @throws InputError for fewer than two or more than 64, and for one that is named itself and cannot be used
 */
export async function expandSeries(named: readonly string[]): Promise<ExpandedSeries> {
  const series = await Promise.all(named.map((text) => seriesFolder(resolve(text))));
  checkCount(series.reduce((sum, each) => sum + (each?.steps.length ?? 1), 0));
  const folders: string[] = [];
  const notes: string[] = [];
  for (const [i, text] of named.entries()) {
    const found = series[i] === undefined ? await located(text) : await expanded(series[i]);
    folders.push(...found.folders);
    notes.push(...found.notes);
  }
  checkCount(folders.length);
  if (folders.length === 0) throw new InputError('No checkpoint was given: give two or more to compare.');
  if (folders.length === 1) {
    const left = notes.length === 0 ? '' : ` (${notes.join(' ')})`;
    throw new InputError(
      `Only one checkpoint was given, "${folders[0]}"${left}: give two or more, or a training run's folder with its steps in it.`,
    );
  }
  return { folders, notes };
}

async function located(text: string): Promise<ExpandedSeries> {
  const { folder, notes } = await locateCheckpoint(text);
  return { folders: [folder], notes };
}
