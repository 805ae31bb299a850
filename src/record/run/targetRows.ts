import { responseRowOf } from '../../method/responseRows.ts';
import type { RecordSample } from './runRecord.ts';

/** Positions of the targets among the response rows of all samples, ascending. */
export function targetRows(samples: readonly RecordSample[], rowOf: Int32Array): Uint32Array {
  const rows = new Uint32Array(rowOf.length);
  for (const { firstRow, responses, firstTarget, targets } of samples) {
    for (let target = firstTarget; target < firstTarget + targets; target++) {
      rows[target] = firstRow + responseRowOf(responses, rowOf[target]!)!;
    }
  }
  return rows;
}
