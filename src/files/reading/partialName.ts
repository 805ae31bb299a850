/*
 * Names of what the tasks of a run leave in a folder that they share: who makes a partial, who joins them and who waits for
 * one must name it alike. Pure.
 */

/** One of several tasks. */
export interface TaskPlace {
  readonly phase: string;
  /** From 0 on. */
  readonly index: number;
  readonly count: number;
}

const padded = (value: number) => String(value).padStart(4, '0');

/** `base-0003-of-0008`: how the files of a task begin. */
export function partialStem({ phase, index, count }: TaskPlace): string {
  return `${phase}-${padded(index)}-of-${padded(count)}`;
}

/** `base-0003-of-0008.partial`: the file of a finished task. */
export function partialName(place: TaskPlace): string {
  return `${partialStem(place)}.partial`;
}
