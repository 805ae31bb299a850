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

/** Positions of the held-out samples' rows among the response rows of all samples, ascending; undefined where none is held out. */
export function heldOutRows(samples: readonly RecordSample[]): Uint32Array | undefined {
  const rows = samples.flatMap(({ heldOut, firstRow, rows }) =>
    heldOut ? Array.from({ length: rows }, (_, row) => firstRow + row) : [],
  );
  return samples.some(({ heldOut }) => heldOut) ? Uint32Array.from(rows) : undefined;
}
