import { basename, dirname } from 'node:path';
import { innerFolders } from './innerFolders.ts';

/* What the name of a step's folder tells: `checkpoint-500`, `global_step_500`, `iter_0000500`, `epoch_2`, `epoch-1-step-40`. */

const word = 'checkpoint|ckpt|global_steps?|iteration|iter|epoch|steps?';
const whole = new RegExp(`^(?:${word})[-_=]?\\d{1,15}(?:[-_](?:${word})[-_=]?\\d{1,15})?$`, 'i');
const part = new RegExp(`(${word})[-_=]?(\\d{1,15})`, 'gi');

/** A word of a step's name with its number. */
export interface StepNumber {
  /** In lower case: `checkpoint`, `global_step`, `epoch` … */
  readonly word: string;
  readonly number: number;
}

/** The words and numbers of a step's name, in its order; undefined for any other name. */
export function stepNumbers(name: string): readonly StepNumber[] | undefined {
  if (!whole.test(name)) return undefined;
  return Array.from(name.matchAll(part), ([, found, digits]) => ({
    word: found!.toLowerCase(),
    number: Number(digits),
  }));
}

/** Orders names of steps as people count: by their words, then by each number. */
export function compareSteps(one: string, other: string): number {
  const [a, b] = [stepNumbers(one) ?? [], stepNumbers(other) ?? []];
  const words = (numbers: readonly StepNumber[]) => numbers.map((each) => each.word).join(' ');
  if (words(a) !== words(b)) return words(a) < words(b) ? -1 : 1;
  for (const [i, { number }] of a.entries()) if (number !== b[i]!.number) return number - b[i]!.number;
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A folder of weights and those above it that stand for it: `actor` and `global_step_8` of `…/global_step_8/actor/huggingface`. */
export function outerFolders(folder: string): string[] {
  const folders = [folder];
  let outer = folder;
  while (innerFolders.has(basename(outer)) && dirname(outer) !== outer) {
    outer = dirname(outer);
    if (innerFolders.has(basename(outer)) || stepNumbers(basename(outer)) !== undefined) folders.push(outer);
  }
  return folders;
}

/** The folder of the step that a folder is, or lies in as weights do: `…/global_step_8/actor/huggingface` is `…/global_step_8`. */
function stepFolder(folder: string): string {
  let step = folder;
  while (innerFolders.has(basename(step)) && dirname(step) !== step) step = dirname(step);
  return step;
}

/** The training step that a checkpoint's folder tells; of an epoch and a step it is the step. */
export function stepOf(folder: string): number | undefined {
  const numbers = stepNumbers(basename(stepFolder(folder)));
  return (numbers?.findLast((each) => each.word !== 'epoch') ?? numbers?.at(-1))?.number;
}

/** The folder of the series that a checkpoint's folder is a step of. */
export function seriesFolderOf(folder: string): string | undefined {
  const step = stepFolder(folder);
  return stepNumbers(basename(step)) === undefined ? undefined : dirname(step);
}

/** Whether a name is that of a step while it is being written: `tmp-checkpoint-500`, `checkpoint-500.tmp`. */
export function isUnfinishedStep(name: string): boolean {
  const step = name.replace(/^(tmp|\.tmp)[-_.]?|[-_.](tmp|incomplete|partial)$/, '');
  return step !== name && stepNumbers(step) !== undefined;
}
