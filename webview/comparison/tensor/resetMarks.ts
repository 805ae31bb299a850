import type { Model } from '../state/model.ts';
import type { State } from '../state/state.ts';

/* Which rows or columns of a tensor a run resets, to be marked along its map. */

/** The run whose reset set is marked: the chosen one, else the first; undefined for none. */
export function markedRun(model: Model, { run }: State) {
  const { resetSets } = model.summary;
  return run === undefined ? resetSets[0] : resetSets.find((set) => set.run === run);
}

/** Neurons of a weight that a run resets, and the axis they lie along; undefined when there are none to mark. */
export function resetMarks(
  model: Model,
  state: State,
  tensor: number,
): { readonly axis: 'row' | 'column'; readonly neurons: Uint32Array } | undefined {
  const { name, shape } = model.record.tensors[tensor]!;
  if (shape.length !== 2) return undefined;
  const own = markedRun(model, state)?.modules.find((marks) => marks.tensor === name);
  if (own === undefined) return undefined;
  return { axis: /\.(o_proj|down_proj|w2)\.weight$/.test(name) ? 'column' : 'row', neurons: own.neurons };
}
