import type { Calibration } from '../../calibration/calibration.ts';
import type { CalibrationSample } from '../../calibration/sample.ts';
import type { NeuronLayout } from '../../method/neuronLayout.ts';
import { meanScores } from '../../method/neuronStatistics.ts';
import { responseRowCount } from '../../method/responseRows.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';
import type { RecordArray } from '../../record/arrays/arrays.ts';
import { type MeasurementArray, measurementArrayName } from '../../record/arrays/measurementArrays.ts';
import type { RecordedReading } from '../../record/calibrationReading.ts';
import { neuronArrayName } from '../../record/run/recordArrays.ts';
import { measurementMeans } from '../../record/run/recordMeans.ts';
import type { Measurement, RecordSample } from '../../record/run/runRecord.ts';
import type { CalibrationSettings } from '../../settings/calibrationSettings.ts';
import type { AttributionState } from '../resume/resumeStore.ts';
import type { SampleTargets } from './runTargets.ts';

/* Turns what the engine found into the arrays and lists of a run record. */

/** Where each sample's ids, rows and targets lie in the record's arrays. */
export function recordSamples(samples: readonly SampleTargets[]): RecordSample[] {
  let firstId = 0;
  let firstRow = 0;
  return samples.map(({ sample, heldOut, targets, firstTarget }) => {
    const entry: RecordSample = {
      ...(sample.file === undefined ? {} : { file: sample.file }),
      line: sample.line,
      responses: [...sample.responses],
      firstId,
      tokens: sample.ids.length,
      firstRow,
      rows: responseRowCount(sample.responses),
      firstTarget,
      targets: targets.length,
      heldOut,
    };
    firstId += entry.tokens;
    firstRow += entry.rows;
    return entry;
  });
}

function join(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function joinInts(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One checkpoint's measures of all samples, as the record's arrays. */
export function measurementArrays(
  position: number,
  measures: readonly SampleMeasures[],
): Map<string, Float32Array | Int32Array> {
  const name = (array: MeasurementArray) => measurementArrayName(position, array);
  return new Map<string, Float32Array | Int32Array>([
    [name('entropy'), join(measures.map(({ entropy }) => entropy))],
    [name('top1_probability'), join(measures.map(({ top1Probability }) => top1Probability))],
    [name('nll'), join(measures.map(({ negativeLogLikelihood }) => negativeLogLikelihood))],
    [name('top_ids'), joinInts(measures.map(({ topIds }) => topIds))],
    [name('top_probabilities'), join(measures.map(({ topProbabilities }) => topProbabilities))],
  ]);
}

/**
 * A checkpoint as measured just now; its arrays are those of the position.
 *
 * @param heldOut the rows of held-out samples, if there are any
 */
export function measurement(
  name: string,
  folder: string,
  position: number,
  arrays: ReadonlyMap<string, RecordArray>,
  targets: Uint32Array,
  heldOut?: Uint32Array,
): Measurement {
  return { name, folder, measured: new Date().toISOString(), ...measurementMeans(arrays, position, targets, heldOut) };
}

/** `samples.ids` and `targets.*`. */
export function calibrationArrays(
  samples: readonly CalibrationSample[],
  targets: readonly SampleTargets[],
  state: AttributionState,
): Map<string, RecordArray> {
  const ids = new Int32Array(samples.reduce((length, sample) => length + sample.ids.length, 0));
  let at = 0;
  for (const sample of samples) {
    ids.set(sample.ids, at);
    at += sample.ids.length;
  }
  const flat = targets.flatMap(({ sample, targets: own }) => own.map((target) => ({ ...target, index: sample.index })));
  return new Map<string, RecordArray>([
    ['samples.ids', ids],
    ['targets.sample', Int32Array.from(flat, ({ index }) => index)],
    ['targets.row', Int32Array.from(flat, ({ row }) => row)],
    ['targets.gold', Int32Array.from(flat, ({ gold }) => gold)],
    ['targets.logit', state.logit],
    ['targets.reconstructed_logit', state.reconstructedLogit],
    ['targets.terms', state.contributions.terms],
    ['targets.top_neurons', state.contributions.topNeurons],
    ['targets.top_scores', state.contributions.topScores],
  ]);
}

/** `layers.*`: the neuron statistics, cut by module. */
export function neuronArrays(layout: NeuronLayout, { totals }: AttributionState): Map<string, RecordArray> {
  const arrays = new Map<string, RecordArray>();
  const { bestRank, hits, scoreMax } = totals;
  const means = meanScores(totals);
  for (const { layer, projection, offset, width } of layout.modules) {
    const end = offset + width;
    arrays.set(neuronArrayName(layer, projection, 'best_rank'), bestRank.subarray(offset, end));
    arrays.set(neuronArrayName(layer, projection, 'mean_score'), means.subarray(offset, end));
    arrays.set(neuronArrayName(layer, projection, 'max_score'), scoreMax.subarray(offset, end));
    arrays.set(neuronArrayName(layer, projection, 'hits'), hits.subarray(offset, end));
  }
  return arrays;
}

/** How the calibration was read, as records keep it. */
export function recordedReading(
  { reading }: Calibration,
  { templateArgs, turns }: Pick<CalibrationSettings, 'templateArgs' | 'turns'>,
): RecordedReading {
  const { shape, label, templates, special, rows, skipped } = reading;
  return {
    shape,
    label,
    templates: [...templates],
    templateArgs: [...templateArgs],
    turns,
    special: { before: [...special.before], after: [...special.after] },
    rows,
    skipped,
  };
}
