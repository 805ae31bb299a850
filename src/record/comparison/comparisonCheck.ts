import { areResponses, responseRowCount } from '../../method/responseRows.ts';
import { isFileOf } from '../calibrationInputs.ts';
import { demand } from '../recordFault.ts';
import { type ComparisonRecord, type DifferenceScalars, maxAllPairs } from './comparisonRecord.ts';
import { matrixShape } from './tensors/matrixShape.ts';
import { hasSpectrum, maxSingularValues } from './tensors/spectrum.ts';
import { quantileShares } from './tensors/tensorDifference.ts';

/* Checks that the parts of a comparison record agree with each other. */

/** Far above any tensor (a vocabulary of a million), and low enough that no array exceeds what Node can hold. */
const maxSize = 2 ** 28;

function demandPairs({ checkpoints, pairs }: ComparisonRecord): void {
  const names = new Set(checkpoints.map(({ name }) => name));
  demand(names.size === checkpoints.length, 'checkpoints has a name twice');
  const seen = new Set<string>();
  pairs.forEach(({ reference, checkpoint }, position) => {
    demand(
      reference < checkpoints.length && checkpoint < checkpoints.length && reference !== checkpoint,
      `pairs[${position}] names a checkpoint that is not there`,
    );
    const key = `${reference} ${checkpoint}`;
    demand(!seen.has(key), `pairs[${position}] is there twice`);
    seen.add(key);
    demand(
      position >= checkpoints.length - 1 || (reference === 0 && checkpoint === position + 1),
      'pairs does not begin with every checkpoint against the first',
    );
  });
  demand(pairs.length >= checkpoints.length - 1, 'pairs leaves a checkpoint out');
  demand(
    pairs.length === checkpoints.length - 1 || checkpoints.length <= maxAllPairs,
    `pairs compares all of ${checkpoints.length} checkpoints`,
  );
}

function demandTensors({ tensors, differences, pairs, checkpoints }: ComparisonRecord): void {
  const names = new Set(tensors.map(({ name }) => name));
  demand(names.size === tensors.length, 'tensors has a name twice');
  tensors.forEach(({ shape, elements, dtypes }, position) => {
    const product = shape.reduce((count, size) => count * size, 1);
    demand(
      shape.length >= 1 && shape.length <= 2 && shape.every((size) => size >= 1 && size <= maxSize),
      `tensors[${position}] has a shape that no weight has`,
    );
    demand(
      dtypes === undefined || dtypes.length === checkpoints.length,
      `tensors[${position}] does not have one dtype a checkpoint`,
    );
    demand(product === elements, `tensors[${position}] has ${elements} elements, but its shape makes ${product}`);
  });
  demand(differences.length === pairs.length, 'differences does not have one list a pair');
  differences.forEach((list, pair) => {
    demand(list.length === tensors.length, `differences[${pair}] does not have one entry a tensor`);
    list.forEach((difference, tensor) => {
      demandDifference(difference, tensors[tensor]!, `differences[${pair}][${tensor}]`);
    });
  });
}

function demandUnshared({ unshared = [], checkpoints, tensors }: ComparisonRecord): void {
  const rowsOf = new Map(tensors.map(({ name, shape }) => [name, shape[0]]));
  const seen = new Set<string>();
  unshared.forEach(({ name, shapes, rows }, position) => {
    const where = `unshared[${position}]`;
    demand(!seen.has(name), `${where} is there twice`);
    seen.add(name);
    demand(shapes.length === checkpoints.length, `${where} does not have one shape a checkpoint`);
    demand(
      rows === undefined ? !rowsOf.has(name) : rowsOf.get(name) === rows,
      `${where} has other rows than its tensor`,
    );
    demand(
      rows === undefined || shapes.every((shape) => shape !== null && (shape[0] ?? 0) >= rows),
      `${where} has more rows than a checkpoint`,
    );
  });
}

function demandDifference(
  difference: DifferenceScalars,
  { shape, elements }: ComparisonRecord['tensors'][number],
  where: string,
): void {
  const { maxAbsAt, spikes, quantiles, histogram, nonFinite, spectrum } = difference;
  const inside = (at: readonly number[]) => at.length === shape.length && at.every((index, i) => index < shape[i]!);
  demand(maxAbsAt.length === 0 || inside(maxAbsAt), `${where}.maxAbsAt lies outside the tensor`);
  demand(
    spikes.every(({ at }) => inside(at)),
    `${where}.spikes lies outside the tensor`,
  );
  demand(quantiles.length === quantileShares.length, `${where}.quantiles has ${quantiles.length} entries`);
  const counted = histogram.counts.reduce((sum, each) => sum + each, histogram.zero) + nonFinite;
  demand(counted === elements, `${where}.histogram counts ${counted} of ${elements} elements`);
  if (spectrum !== undefined) demandSpectrum(spectrum, difference.norm, shape, `${where}.spectrum`);
}

/** Squares of singular values add up to the norm's, but for float32's rounding. */
const mostShare = 1.001;

function demandSpectrum(
  { singularValues, errors }: NonNullable<DifferenceScalars['spectrum']>,
  norm: number,
  shape: readonly number[],
  where: string,
): void {
  const { rows, columns } = matrixShape(shape);
  demand(hasSpectrum(shape), `${where} is of a vector`);
  demand(
    singularValues.length <= Math.min(maxSingularValues, rows, columns) && errors.length === singularValues.length,
    `${where} has too many singular values, or not one error each`,
  );
  demand(
    singularValues.every((value, i) => i === 0 || value <= singularValues[i - 1]!),
    `${where} is not in order`,
  );
  const share = singularValues.reduce((sum, value) => sum + (value === 0 ? 0 : (value / norm) ** 2), 0);
  demand(share <= mostShare, `${where} exceeds the norm`);
}

function demandOutput({ output, checkpoints }: ComparisonRecord): void {
  if (output === undefined) return;
  const { calibration, samples, means, tokens } = output;
  demand(means.length === checkpoints.length, 'output.means does not have one entry a checkpoint');
  let ids = 0;
  let rows = 0;
  samples.forEach((sample, index) => {
    demand(
      isFileOf(sample.file, calibration) &&
        areResponses(sample.responses, sample.tokens) &&
        sample.firstId === ids &&
        sample.firstRow === rows &&
        sample.rows === responseRowCount(sample.responses),
      `output.samples[${index}] does not fit its neighbours or its own lengths`,
    );
    ids += sample.tokens;
    rows += sample.rows;
  });
  demand(
    means.every((mean) => mean.rows === rows),
    'output.means counts other rows than the samples',
  );
  demand(tokens.ids.length === tokens.texts.length, `output.tokens has ${tokens.ids.length} ids but other texts`);
  demand(
    tokens.ids.every((id, i) => i === 0 || id > tokens.ids[i - 1]!),
    'output.tokens.ids is not ascending',
  );
}

/**
 * Checks that a comparison record's parts agree: pairs and spikes point at what is there, lists have an entry for
 * everything, counts add up.
 *
 * @throws RecordFault naming what does not fit
 */
export function checkComparison(record: ComparisonRecord): void {
  demandPairs(record);
  demandTensors(record);
  demandUnshared(record);
  demandOutput(record);
}
