import { RunError } from '../errors.ts';
import type { NeuronLayout } from '../method/neuronLayout.ts';
import type { RunRecord } from './record.ts';

/*
 * The run record's arrays file: which tensors it holds, with what shapes. N neurons of a module, S targets,
 * I token ids, R response rows of all samples, K tokens kept a row.
 */

/** Element types used, each with the typed array that holds it. */
export const arrayTypes = { F64: Float64Array, F32: Float32Array, I32: Int32Array } as const;
export type ArrayDtype = keyof typeof arrayTypes;
export type RecordArray = Float64Array | Float32Array | Int32Array;
export type RecordArrays = ReadonlyMap<string, RecordArray>;

export interface ArraySpec {
  readonly name: string;
  readonly dtype: ArrayDtype;
  readonly shape: readonly number[];
}

/** Per-token measures of one measurement: `measurements.{position}.{array}`. */
export type MeasurementArray = 'entropy' | 'top1_probability' | 'nll' | 'top_ids' | 'top_probabilities';
/** Per-neuron measures of one module: `layers.{layer}.{projection}.{array}`. */
export type NeuronArray = 'best_rank' | 'mean_score' | 'max_score' | 'hits';

export function measurementArrayName(position: number, array: MeasurementArray): string {
  return `measurements.${position}.${array}`;
}

export function neuronArrayName(layer: number, projection: string, array: NeuronArray): string {
  return `layers.${layer}.${projection}.${array}`;
}

type Sized = Pick<RunRecord, 'samples' | 'measurements' | 'settings'>;

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

/** The arrays of one measurement: R response rows, K tokens kept a row. */
export function measurementSpecs(position: number, rows: number, topTokens: number): ArraySpec[] {
  const spec = (array: MeasurementArray, dtype: ArrayDtype, shape: readonly number[]): ArraySpec => ({
    name: measurementArrayName(position, array),
    dtype,
    shape,
  });
  return [
    spec('entropy', 'F32', [rows]),
    spec('top1_probability', 'F32', [rows]),
    spec('nll', 'F32', [rows]),
    spec('top_ids', 'I32', [rows, topTokens]),
    spec('top_probabilities', 'F32', [rows, topTokens]),
  ];
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

/** A 32-bit integer array that the reader has already checked to be there. */
export function intArray(arrays: RecordArrays, name: string): Int32Array {
  const array = arrays.get(name);
  if (array instanceof Int32Array) return array;
  throw new RunError(`The run record has no integer array "${name}".`);
}

/** A float32 array that the reader has already checked to be there. */
export function floatArray(arrays: RecordArrays, name: string): Float32Array {
  const array = arrays.get(name);
  if (array instanceof Float32Array) return array;
  throw new RunError(`The run record has no float32 array "${name}".`);
}

/** A float64 array that the reader has already checked to be there. */
export function doubleArray(arrays: RecordArrays, name: string): Float64Array {
  const array = arrays.get(name);
  if (array instanceof Float64Array) return array;
  throw new RunError(`The run record has no float64 array "${name}".`);
}
