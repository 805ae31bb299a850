import type { RecordSample } from './runRecord.ts';

/** Positions of the targets among the response rows of all samples, ascending. */
export function targetRows(samples: readonly RecordSample[], rowOf: Int32Array): Uint32Array {
  const rows = new Uint32Array(rowOf.length);
  for (const { firstRow, promptLength, firstTarget, targets } of samples) {
    const start = Math.max(promptLength - 1, 0);
    for (let target = firstTarget; target < firstTarget + targets; target++) {
      rows[target] = firstRow + rowOf[target]! - start;
    }
  }
  return rows;
}
