import type { ArraySpec } from '../arrays/arrays.ts';
import { measurementSpecs } from '../arrays/measurementArrays.ts';
import type { ComparedTensor, ComparisonRecord } from './comparisonRecord.ts';
import { mapCells } from './tensors/mapGrid.ts';
import { matrixShape } from './tensors/matrixShape.ts';

/*
 * The comparison record's arrays file: which tensors it holds, with what shapes. A tensor has R rows and C columns; a
 * vector is one row. Everything is four bytes an element, so every array lies on a multiple of its element's size.
 */

/** Profiles and map of one tensor in one pair: `differences.{pair}.{tensor}.{array}`, by positions in the record. */
export type DifferenceArray = 'row_norms' | 'column_norms' | 'map';

export function differenceArrayName(pair: number, tensor: number, array: DifferenceArray): string {
  return `differences.${pair}.${tensor}.${array}`;
}

/** What decides which arrays there are. */
export interface ComparisonSizes {
  readonly pairs: number;
  readonly tensors: readonly ComparedTensor[];
  readonly checkpoints: number;
  readonly output?: Pick<NonNullable<ComparisonRecord['output']>, 'samples' | 'topTokens'> | undefined;
}

export function comparisonSizes(record: ComparisonRecord): ComparisonSizes {
  const { pairs, tensors, checkpoints, output } = record;
  return { pairs: pairs.length, tensors, checkpoints: checkpoints.length, output };
}

/** Token ids and response rows of all samples together. */
export function outputTotals(samples: readonly { firstId: number; tokens: number; firstRow: number; rows: number }[]): {
  readonly ids: number;
  readonly rows: number;
} {
  const last = samples.at(-1);
  return last === undefined
    ? { ids: 0, rows: 0 }
    : { ids: last.firstId + last.tokens, rows: last.firstRow + last.rows };
}

/** Every array a comparison record has, in file order. */
export function comparisonArraySpecs({ pairs, tensors, checkpoints, output }: ComparisonSizes): ArraySpec[] {
  const specs: ArraySpec[] = [];
  if (output !== undefined) {
    const { ids, rows } = outputTotals(output.samples);
    specs.push({ name: 'samples.ids', dtype: 'I32', shape: [ids] });
    for (let position = 0; position < checkpoints; position++) {
      specs.push(...measurementSpecs(position, rows, output.topTokens));
    }
  }
  for (let pair = 0; pair < pairs; pair++) {
    tensors.forEach(({ shape }, tensor) => {
      const { rows, columns } = matrixShape(shape);
      const spec = (array: DifferenceArray, ownShape: readonly number[]): ArraySpec => ({
        name: differenceArrayName(pair, tensor, array),
        dtype: 'F32',
        shape: ownShape,
      });
      specs.push(
        spec('row_norms', [rows]),
        spec('column_norms', [columns]),
        spec('map', [mapCells(rows), mapCells(columns)]),
      );
    });
  }
  return specs;
}
