import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { adapterWeightsName } from '../../checkpoint/adapter/adapter.ts';
import { indexName, singleName } from '../../checkpoint/checkpointFolder.ts';
import { InputError } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { maxCheckpoints } from '../../record/comparison/comparisonRecord.ts';

/* Finds the series of checkpoints that a training run left: the `checkpoint-STEP` folders in its output folder. */

/** The training step that a folder's name `checkpoint-STEP` tells. */
export function stepOf(folder: string): number | undefined {
  const match = /^checkpoint-(\d{1,15})$/.exec(basename(folder));
  return match === null ? undefined : Number(match[1]);
}

/**
 * The checkpoints of a training output folder: its `checkpoint-STEP` folders by step, and last the folder itself where
 * it holds weights too, as trainers leave the final model there.
 *
 * @returns undefined when the folder holds no `checkpoint-STEP` folder, or is none
 * @throws InputError when the folder cannot be read
 */
export async function seriesIn(folder: string): Promise<string[] | undefined> {
  const path = resolve(folder);
  let entries: string[];
  try {
    entries = await readdir(path);
  } catch (error) {
    // A file or nothing: whoever opens it as a checkpoint says so better.
    const fault = readFault(error, path);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fault;
  }
  const steps = entries.filter((name) => stepOf(name) !== undefined).sort((a, b) => stepOf(a)! - stepOf(b)!);
  if (steps.length === 0) return undefined;
  const series = steps.map((name) => join(path, name));
  const last = [singleName, indexName, adapterWeightsName].some((name) => entries.includes(name));
  return last ? [...series, path] : series;
}

/**
 * The folders to compare, each that holds a series replaced by it.
 *
 * @throws InputError for fewer than two or more than 64
 */
export async function expandSeries(folders: readonly string[]): Promise<string[]> {
  const expanded: string[] = [];
  for (const folder of folders) expanded.push(...((await seriesIn(folder)) ?? [resolve(folder)]));
  if (expanded.length === 0) throw new InputError('No checkpoint was given: give two or more to compare.');
  if (expanded.length === 1) {
    throw new InputError(
      `Only one checkpoint was given, "${expanded[0]}": give two or more, or a folder with checkpoint-STEP folders.`,
    );
  }
  if (expanded.length > maxCheckpoints) {
    throw new InputError(
      `${expanded.length} checkpoints were given, but at most ${maxCheckpoints} can be compared at a time: leave some steps out.`,
    );
  }
  return expanded;
}
