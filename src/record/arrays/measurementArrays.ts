import type { ArrayDtype, ArraySpec } from './arrays.ts';

/* Names and shapes of the arrays in which a record keeps one checkpoint's measures. */

/** Per-token measures of one measurement: `measurements.{position}.{array}`. */
export type MeasurementArray = 'entropy' | 'top1_probability' | 'nll' | 'top_ids' | 'top_probabilities';

export function measurementArrayName(position: number, array: MeasurementArray): string {
  return `measurements.${position}.${array}`;
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
