import { RunError } from '../../errors.ts';

/*
 * Arrays as records keep them: which element types there are, what a file of arrays must hold, and taking one out of it.
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

/** Elements of an array of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
