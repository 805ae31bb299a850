import type { ComparisonRows, ComparisonSample, ComparisonSummary, TensorMaps } from '../../protocol/comparison.ts';
import { floatArray, intArray } from '../../record/arrays/arrays.ts';
import { readLocated } from '../../record/arrays/arraysFile.ts';
import { type MeasurementArray, measurementArrayName } from '../../record/arrays/measurementArrays.ts';
import { type DifferenceArray, differenceArrayName } from '../../record/comparison/comparisonArrays.ts';
import type { OpenComparison } from '../../record/comparison/comparisonFile.ts';
import type { ComparisonRecord } from '../../record/comparison/comparisonRecord.ts';
import { mapCells } from '../../record/comparison/tensors/mapGrid.ts';
import { matrixShape } from '../../record/comparison/tensors/matrixShape.ts';

/* The parts of a comparison record that its page asks for. */

/** The record as a page takes it: without token texts, which come with the samples. */
export function summaryRecord(record: ComparisonRecord): ComparisonSummary['record'] {
  const { output, ...rest } = record;
  if (output === undefined) return rest;
  const { tokens: _tokens, ...measured } = output;
  return { ...rest, output: measured };
}

/**
 * Profiles and map of one tensor in one pair, read from the arrays file.
 *
 * @throws RangeError for a pair or tensor that is not there; InputError when the file cannot be read
 */
export async function tensorMaps(
  { record, arrays }: OpenComparison,
  pair: number,
  tensor: number,
): Promise<TensorMaps> {
  const shape = record.tensors[tensor]?.shape;
  if (shape === undefined || pair >= record.pairs.length) {
    throw new RangeError(`The record has no tensor ${tensor} in pair ${pair}.`);
  }
  const name = (array: DifferenceArray) => differenceArrayName(pair, tensor, array);
  const read = await readLocated(arrays, [name('row_norms'), name('column_norms'), name('map')]);
  const { rows, columns } = matrixShape(shape);
  return {
    rowNorms: floatArray(read, name('row_norms')),
    columnNorms: floatArray(read, name('column_norms')),
    map: {
      rows: mapCells(rows),
      columns: mapCells(columns),
      values: floatArray(read, name('map')),
    },
  };
}

type Output = NonNullable<ComparisonRecord['output']>;

function outputOf({ record }: OpenComparison): Output {
  if (record.output === undefined) throw new RangeError('The checkpoints were not measured on a calibration file.');
  return record.output;
}

/** Every response row's measures, an array a checkpoint. @throws RangeError when nothing was measured */
export async function measuredRows(open: OpenComparison): Promise<ComparisonRows> {
  outputOf(open);
  const positions = open.record.checkpoints.map((_, position) => position);
  const kinds = ['entropy', 'top1_probability', 'nll'] as const;
  const names = positions.flatMap((position) => kinds.map((kind) => measurementArrayName(position, kind)));
  const read = await readLocated(open.arrays, names);
  const each = (kind: MeasurementArray) =>
    positions.map((position) => floatArray(read, measurementArrayName(position, kind)));
  return { entropy: each('entropy'), top1Probability: each('top1_probability'), negativeLogLikelihood: each('nll') };
}

/** Token ids of a sample, `[tokens]`. @throws RangeError when there is no such sample */
export async function sampleIds(open: OpenComparison, index: number): Promise<Int32Array> {
  const sample = outputOf(open).samples[index];
  if (sample === undefined) throw new RangeError(`The record has no sample ${index}.`);
  const read = await readLocated(open.arrays, ['samples.ids']);
  return intArray(read, 'samples.ids').slice(sample.firstId, sample.firstId + sample.tokens);
}

/** A sample's tokens and every checkpoint's measures of it. @throws RangeError when there is no such sample */
export async function measuredSample(open: OpenComparison, index: number): Promise<ComparisonSample> {
  const { samples, topTokens, tokens } = outputOf(open);
  const ids = await sampleIds(open, index);
  const { firstRow, rows } = samples[index]!;
  const kinds = ['entropy', 'top1_probability', 'nll', 'top_ids', 'top_probabilities'] as const;
  const measures: ComparisonSample['measures'][number][] = [];
  for (const position of open.record.checkpoints.keys()) {
    const name = (kind: MeasurementArray) => measurementArrayName(position, kind);
    const read = await readLocated(open.arrays, kinds.map(name));
    // Copies: a view of a whole array would carry the whole array over to the page.
    const cut = (kind: MeasurementArray, each = 1) =>
      floatArray(read, name(kind)).slice(firstRow * each, (firstRow + rows) * each);
    measures.push({
      entropy: cut('entropy'),
      top1Probability: cut('top1_probability'),
      negativeLogLikelihood: cut('nll'),
      topIds: intArray(read, name('top_ids')).slice(firstRow * topTokens, (firstRow + rows) * topTokens),
      topProbabilities: cut('top_probabilities', topTokens),
    });
  }
  const known = new Map(tokens.ids.map((id, i) => [id, tokens.texts[i]!]));
  const used = Int32Array.from(new Set([...ids, ...measures.flatMap(({ topIds }) => [...topIds])])).sort();
  return {
    index,
    ids,
    tokens: { ids: used, texts: Array.from(used, (id) => known.get(id) ?? `<${id}>`) },
    measures,
  };
}
