import { floatArray, type RecordArrays } from '../arrays/arrays.ts';
import { type MeasurementArray, measurementArrayName } from '../arrays/measurementArrays.ts';
import type { Means, Measurement, RunRecord } from './runRecord.ts';

/*
 * The few numbers of a record's JSON half that sum up its arrays: told once here, so that whoever reads a record can hold
 * one half against the other.
 */

function mean(values: Float32Array, rows: Uint32Array | undefined): number {
  const count = rows?.length ?? values.length;
  if (count === 0) return 0;
  let sum = 0;
  if (rows === undefined) for (const value of values) sum += value;
  else for (const row of rows) sum += values[row]!;
  return sum / count;
}

/**
 * Means of the measurement at a position: over all response rows, over the targets, and over the held-out samples' rows.
 *
 * @param targets positions of the targets among the response rows
 * @param heldOut positions of the held-out samples' rows among them, if there are any
 */
export function measurementMeans(
  arrays: RecordArrays,
  position: number,
  targets: Uint32Array,
  heldOut?: Uint32Array,
): Pick<Measurement, 'all' | 'targets' | 'heldOut'> {
  const values = (array: MeasurementArray) => floatArray(arrays, measurementArrayName(position, array));
  const means = (rows: Uint32Array | undefined): Means => ({
    rows: rows?.length ?? values('entropy').length,
    entropy: mean(values('entropy'), rows),
    top1Probability: mean(values('top1_probability'), rows),
    negativeLogLikelihood: mean(values('nll'), rows),
  });
  return { all: means(undefined), targets: means(targets), ...(heldOut && { heldOut: means(heldOut) }) };
}

/** Largest and mean `|z~ - z|` (eq. 2–3), in logits, of `[targets]` each. */
export function reconstruction(logit: Float64Array, reconstructedLogit: Float64Array): RunRecord['reconstruction'] {
  let maxError = 0;
  let sum = 0;
  logit.forEach((value, target) => {
    const error = Math.abs(value - reconstructedLogit[target]!);
    maxError = Math.max(maxError, error);
    sum += error;
  });
  return { maxError, meanError: logit.length === 0 ? 0 : sum / logit.length };
}

/** Distinct token ids that the arrays mention, ascending. */
export function usedTokens(arrays: RecordArrays, vocabSize: number): number[] {
  const used = new Uint8Array(vocabSize);
  for (const [name, array] of arrays) {
    if (name !== 'samples.ids' && !name.endsWith('.top_ids')) continue;
    for (const id of array) used[id] = 1;
  }
  const ids: number[] = [];
  for (let id = 0; id < vocabSize; id++) if (used[id] === 1) ids.push(id);
  return ids;
}
