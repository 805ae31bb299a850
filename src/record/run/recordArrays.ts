import { termCount } from '../../method/contributions.ts';
import type { NeuronLayout } from '../../method/neuronLayout.ts';
import type { ArrayDtype, ArraySpec } from '../arrays/arrays.ts';
import { measurementSpecs } from '../arrays/measurementArrays.ts';
import type { RunRecord } from './runRecord.ts';

/*
 * The run record's arrays file: which tensors it holds, with what shapes. N neurons of a module, S targets,
 * I token ids, R response rows of all samples, K tokens kept a row.
 */

/** Per-neuron measures of one module: `layers.{layer}.{projection}.{array}`. */
export type NeuronArray = 'best_rank' | 'mean_score' | 'max_score' | 'hits';

export function neuronArrayName(layer: number, projection: string, array: NeuronArray): string {
  return `layers.${layer}.${projection}.${array}`;
}

type Sized = Pick<RunRecord, 'samples' | 'measurements' | 'settings' | 'neurons' | 'architecture'>;

/** Token ids, response rows and targets of all samples together. */
export function recordTotals(record: Pick<RunRecord, 'samples'>): { ids: number; rows: number; targets: number } {
  const last = record.samples.at(-1);
  if (last === undefined) return { ids: 0, rows: 0, targets: 0 };
  return {
    ids: last.firstId + last.tokens,
    rows: last.firstRow + last.rows,
    targets: last.firstTarget + last.targets,
  };
}

/**
 * Every array a record has, in file order. Eight-byte elements come first, so that every array lies on a multiple
 * of its element's size.
 */
export function recordArraySpecs(record: Sized, layout: NeuronLayout): ArraySpec[] {
  const { ids, rows, targets } = recordTotals(record);
  const specs: ArraySpec[] = [
    { name: 'targets.logit', dtype: 'F64', shape: [targets] },
    { name: 'targets.reconstructed_logit', dtype: 'F64', shape: [targets] },
    { name: 'targets.sample', dtype: 'I32', shape: [targets] },
    { name: 'targets.row', dtype: 'I32', shape: [targets] },
    { name: 'targets.gold', dtype: 'I32', shape: [targets] },
    { name: 'samples.ids', dtype: 'I32', shape: [ids] },
  ];
  const { kept } = record.neurons;
  if (kept > 0) {
    specs.push(
      { name: 'targets.terms', dtype: 'F32', shape: [targets, termCount(record.architecture.layers)] },
      { name: 'targets.top_neurons', dtype: 'I32', shape: [targets, kept] },
      { name: 'targets.top_scores', dtype: 'F32', shape: [targets, kept] },
    );
  }
  for (let position = 0; position < record.measurements.length; position++) {
    specs.push(...measurementSpecs(position, rows, record.settings.topTokens));
  }
  for (const { layer, projection, width } of layout.modules) {
    const spec = (array: NeuronArray, dtype: ArrayDtype): ArraySpec => ({
      name: neuronArrayName(layer, projection, array),
      dtype,
      shape: [width],
    });
    specs.push(spec('best_rank', 'I32'), spec('mean_score', 'F32'), spec('max_score', 'F32'), spec('hits', 'I32'));
  }
  return specs;
}
