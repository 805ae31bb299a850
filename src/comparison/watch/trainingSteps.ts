import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderContents } from '../../checkpoint/folder/folderContents.ts';
import { stepsIn } from '../../checkpoint/folder/folderKind.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { stepOf } from '../../checkpoint/folder/stepName.ts';
import { InputError } from '../../errors.ts';
import { identityOf, modifiedMs } from '../../files/reading/fileIdentity.ts';

/* Looks at the steps in a training run's folder while they come, are written and go. */

/** A file as a look finds it. */
export interface FoundFile {
  readonly bytes: number;
  /** Milliseconds since 1970, whole. */
  readonly modified: number;
}

/** A step as a look finds it: whole, half-written, or nothing that can be measured. */
export interface FoundStep {
  /** Of its folder: `checkpoint-500`. */
  readonly name: string;
  /** As that name tells it. */
  readonly step: number;
  /** Where its weights lie, or the step's own folder where none were found. */
  readonly folder: string;
  /** Why no checkpoint was found in it. */
  readonly problem: InputError | undefined;
  /** The files in `folder`, by name. */
  readonly files: ReadonlyMap<string, FoundFile>;
}

async function filesIn(folder: string): Promise<ReadonlyMap<string, FoundFile>> {
  const files = new Map<string, FoundFile>();
  // What is deleted in between is not there.
  for (const name of (await readdir(folder).catch(() => [])).sort()) {
    const info = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
    if (info?.isFile()) files.set(name, { bytes: Number(info.size), modified: modifiedMs(identityOf(info)) });
  }
  return files;
}

/** @param path of a step's folder */
export async function lookAtStep(path: string, name: string): Promise<FoundStep> {
  let folder = path;
  let problem: InputError | undefined;
  try {
    folder = (await locateCheckpoint(path)).folder;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problem = error;
  }
  return { name, step: stepOf(path)!, folder, problem, files: await filesIn(folder) };
}

/**
 * The steps in a training run's folder, in their order. Names of steps that trainers still write (`tmp-checkpoint-500`) are none.
 *
 * @throws InputError when the folder is not there or cannot be read
 */
export async function lookAtSteps(trainingFolder: string): Promise<FoundStep[]> {
  const contents = await folderContents(trainingFolder);
  const steps: FoundStep[] = [];
  for (const name of stepsIn(contents).reverse()) steps.push(await lookAtStep(join(contents.folder, name), name));
  return steps;
}

/** Whether two looks found the same: the same files in the same place, of the same sizes and times. */
export function sameFiles(one: FoundStep, other: FoundStep): boolean {
  if (one.folder !== other.folder || one.files.size !== other.files.size) return false;
  for (const [name, { bytes, modified }] of one.files) {
    const file = other.files.get(name);
    if (file === undefined || file.bytes !== bytes || file.modified !== modified) return false;
  }
  return true;
}
