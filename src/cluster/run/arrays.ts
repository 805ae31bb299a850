/* Cuts a phase's tasks into job arrays: a cluster allows so many tasks in one. Pure. */

/** Tasks of one array. */
export interface TaskArray {
  /** Task of index 0. */
  readonly offset: number;
  /** Tasks less `offset`. */
  readonly indices: readonly number[];
}

/** Which array a task belongs to never depends on which others are submitted with it. */
export function arraysOf(tasks: readonly number[], limit: number): readonly TaskArray[] {
  const arrays = new Map<number, number[]>();
  for (const task of tasks) {
    const offset = task - (task % limit);
    arrays.set(offset, [...(arrays.get(offset) ?? []), task - offset]);
  }
  return [...arrays].map(([offset, indices]) => ({ offset, indices }));
}
