import { floatArray, intArray, type RecordArrays } from '../../arrays/arrays.ts';
import { measurementArrayName } from '../../arrays/measurementArrays.ts';
import type { RunRecord } from '../runRecord.ts';
import { targetRows } from '../targetRows.ts';

/** The entropy gap `|H_sft - H_base|` at every target, nats, `[targets]`. */
export function targetGaps({ samples }: Pick<RunRecord, 'samples'>, arrays: RecordArrays): Float32Array {
  const rows = targetRows(samples, intArray(arrays, 'targets.row'));
  const base = floatArray(arrays, measurementArrayName(0, 'entropy'));
  const sft = floatArray(arrays, measurementArrayName(1, 'entropy'));
  return Float32Array.from(rows, (row) => Math.abs(sft[row]! - base[row]!));
}
