import { join, relative, resolve } from 'node:path';
import { planMerge } from '../../checkpoint/adapter/mergePlan.ts';
import { openAdapter } from '../../checkpoint/adapter/openAdapter.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
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

/**
 * Whether what a folder holds is compared only after a base: an adapter, or a training run whose first step is one.
 *
 * @throws InputError when it cannot be read
 */
export async function needsBase(folder: string): Promise<boolean> {
  const series = await seriesFolder(resolve(folder));
  const places = series?.steps.map((name) => join(series.contents.folder, name)) ?? [folder];
  for (const place of places) {
    // What cannot be found is left out, or said by whoever opens it.
    const found = await locateCheckpoint(place).catch(() => undefined);
    if (found !== undefined) return found.kind === 'adapter';
  }
  return false;
}

/**
 * The checkpoint or adapter of a step, opened to see that it is whole; else why it cannot be compared.
 *
 * @param reference into which adapters are merged, where it is known
 */
async function usableStep(step: string, reference: Checkpoint | undefined): Promise<string | InputError> {
  try {
    const { folder, kind } = await locateCheckpoint(step);
    if (kind === 'checkpoint') await openCheckpoint(folder);
    else {
      const adapter = await openAdapter(folder);
      if (reference !== undefined) planMerge(adapter, reference);
    }
    return folder;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/**
 * The checkpoints of a training run's folder, by step, and last the folder itself where it holds weights too, as trainers leave
 * the final model or adapter there. A step that is broken is left out, and so is such an adapter.
 */
async function expanded({ contents, steps }: SeriesFolder, reference: Checkpoint | undefined): Promise<ExpandedSeries> {
  const { folder, names } = contents;
  const folders: string[] = [];
  const leftOut: string[] = [];
  const inner = new Set<string>();
  let lastError: InputError | undefined;
  for (const name of steps) {
    const step = join(folder, name);
    const found = await usableStep(step, reference);
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
  const { kind } = folderKind(contents);
  if (kind === 'checkpoint') folders.push(folder);
  else if (kind === 'adapter') {
    const found = await usableStep(folder, reference);
    if (found instanceof InputError) leftOut.push(`What lies in "${folder}" itself is left out: ${found.message}`);
    else folders.push(found);
  }
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
 * @param least how many there must be
 * @param baseFirst the first is a base: never a series, but what lies in the folder itself
 * @throws InputError for fewer or more than 64, and for one that is named itself and cannot be used
 */
export async function expandSeries(
  named: readonly string[],
  { least = 2, baseFirst = false }: { readonly least?: 1 | 2; readonly baseFirst?: boolean } = {},
): Promise<ExpandedSeries> {
  const series = await Promise.all(
    named.map((text, i) => (baseFirst && i === 0 ? undefined : seriesFolder(resolve(text)))),
  );
  checkCount(series.reduce((sum, each) => sum + (each?.steps.length ?? 1), 0));
  const folders: string[] = [];
  const notes: string[] = [];
  for (const [i, text] of named.entries()) {
    const found = series[i] === undefined ? await located(text) : await expanded(series[i], await opened(folders[0]));
    folders.push(...found.folders);
    notes.push(...found.notes);
  }
  checkCount(folders.length);
  if (folders.length === 0) throw new InputError('No checkpoint was given: give two or more to compare.');
  if (folders.length < least) {
    const left = notes.length === 0 ? '' : ` (${notes.join(' ')})`;
    throw new InputError(
      `Only one checkpoint was given, "${folders[0]}"${left}: give two or more, or a training run's folder with its steps in it.`,
    );
  }
  return { folders, notes };
}

/** The reference, as far as it can be opened: whoever compares says why it cannot. */
async function opened(reference: string | undefined): Promise<Checkpoint | undefined> {
  if (reference === undefined) return undefined;
  try {
    return await openCheckpoint(reference);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function located(text: string): Promise<ExpandedSeries> {
  const { folder, notes } = await locateCheckpoint(text);
  return { folders: [folder], notes };
}
