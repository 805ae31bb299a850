import { parameters } from './sizes.ts';
import type { StepResult } from './step.ts';

/* How long a size will take, by what smaller ones took: which fit the time that is left, and with PyTorch or without. */

/** What a size took, or will take, seconds. */
export interface SizeTime {
  readonly ours: number;
  readonly paper: number;
}

export interface TakenTime extends SizeTime {
  readonly name: string;
  /** Of these seconds, those that starting the programs takes whatever the size: they do not grow. */
  readonly starting: SizeTime;
}

/** What of a size fits. */
export type Fit = 'all' | 'ours' | 'nothing';

/** Of any step at least a tenth is work that grows, however short it is. */
const mostStarting = 0.9;

const isPaper = ({ step }: StepResult) => step.includes('PyTorch');
const sum = (steps: readonly StepResult[]) => steps.reduce((total, { seconds }) => total + seconds, 0);

/**
 * The time of a size's steps.
 *
 * @param earlier the steps before: of doctor and of PyTorch's ceilings starting the programs is almost all
 */
export function takenBy(name: string, steps: readonly StepResult[], earlier: readonly StepResult[]): TakenTime {
  const side = (paper: boolean) => {
    const mine = steps.filter((step) => isPaper(step) === paper);
    const start = earlier.find((step) => (paper ? isPaper(step) : step.step === 'doctor'))?.seconds ?? 0;
    const starting = mine.reduce((total, { seconds }) => total + Math.min(mostStarting * seconds, start), 0);
    return { seconds: sum(mine), starting };
  };
  const [ours, paper] = [side(false), side(true)];
  return {
    name,
    ours: ours.seconds,
    paper: paper.seconds,
    starting: { ours: ours.starting, paper: paper.starting },
  };
}

/**
 * Seconds that a size will take. Making a pair, reading, computing and writing it all grow with its parameters; what starting takes
 * does not, and after two sizes is known from how they differ.
 *
 * @param taken by smaller sizes, the last one last
 * @returns undefined before any size was measured
 */
export function foreseen(name: string, taken: readonly TakenTime[]): SizeTime | undefined {
  const [last, before] = [taken.at(-1), taken.at(-2)];
  if (last === undefined) return undefined;
  const [size, lastSize] = [parameters(name), parameters(last.name)];
  const beforeSize = before === undefined ? lastSize : parameters(before.name);
  const side = (of: 'ours' | 'paper') => {
    const growing = Math.max(0, last[of] - last.starting[of]) / lastSize;
    const differing =
      before === undefined || beforeSize === lastSize ? growing : (last[of] - before[of]) / (lastSize - beforeSize);
    // Where a larger one took no longer, the two say nothing.
    const slope = differing > 0 ? differing : growing;
    return Math.max(0, last[of] + slope * (size - lastSize));
  };
  return { ours: side('ours'), paper: side('paper') };
}

/** What of a size fits the time that is left; everything where nobody knows, since each step is stopped when it is over. */
export function fitOf(needed: SizeTime | undefined, secondsLeft: number): Fit {
  if (needed === undefined || needed.ours + needed.paper <= secondsLeft) return 'all';
  return needed.ours <= secondsLeft ? 'ours' : 'nothing';
}
