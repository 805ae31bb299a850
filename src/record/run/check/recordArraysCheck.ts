import type { NeuronLayout } from '../../../method/neuronLayout.ts';
import { isReset } from '../../../method/resetSet.ts';
import { responseRowOf } from '../../../method/responseRows.ts';
import { doubleArray, floatArray, intArray, type RecordArrays } from '../../arrays/arrays.ts';
import { measurementArrayName } from '../../arrays/measurementArrays.ts';
import { demand } from '../../recordFault.ts';
import { neuronArrayName, recordTotals } from '../recordArrays.ts';
import { measurementMeans, reconstruction, usedTokens } from '../recordMeans.ts';
import type { Means, RunRecord } from '../runRecord.ts';
import { heldOutRows, targetRows } from '../targetRows.ts';
import { demandContributions } from './contributionsCheck.ts';

/** Means are kept in full, so both halves' are equal but for a last bit. */
const near = (one: number, other: number) => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one));

function demandFinite(arrays: RecordArrays): void {
  for (const [name, array] of arrays) {
    if (array instanceof Int32Array) continue;
    const at = array.findIndex((value) => !Number.isFinite(value));
    demand(at < 0, `array "${name}" holds ${array[at]} at ${at}`);
  }
}

function demandRange(arrays: RecordArrays, name: string, min: number, limit: number): void {
  const array = intArray(arrays, name);
  const at = array.findIndex((value) => value < min || value >= limit);
  demand(at < 0, `array "${name}" holds ${array[at]} at ${at}, outside ${min}…${limit - 1}`);
}

function demandTargets(record: RunRecord, arrays: RecordArrays): void {
  const sampleOf = intArray(arrays, 'targets.sample');
  const rowOf = intArray(arrays, 'targets.row');
  const goldOf = intArray(arrays, 'targets.gold');
  const ids = intArray(arrays, 'samples.ids');
  record.samples.forEach((sample, index) => {
    let previous = -1;
    for (let target = sample.firstTarget; target < sample.firstTarget + sample.targets; target++) {
      const row = rowOf[target]!;
      demand(
        sampleOf[target] === index &&
          row > previous &&
          responseRowOf(sample.responses, row) !== undefined &&
          goldOf[target] === ids[sample.firstId + row + 1],
        `target ${target} does not fit sample ${index}`,
      );
      previous = row;
    }
  });
}

/** The reset set is that of the ranks, and a target selects a neuron where its best rank says that one does. */
function demandReset(record: RunRecord, layout: NeuronLayout, arrays: RecordArrays): void {
  const { budget, modules } = record.reset;
  let selections = 0;
  layout.modules.forEach(({ layer, projection }, index) => {
    const ranks = intArray(arrays, neuronArrayName(layer, projection, 'best_rank'));
    const hits = intArray(arrays, neuronArrayName(layer, projection, 'hits'));
    let neurons = 0;
    for (let neuron = 0; neuron < ranks.length; neuron++) {
      const reset = isReset(ranks[neuron]!, budget);
      demand(
        reset === hits[neuron]! > 0,
        `array "${neuronArrayName(layer, projection, 'hits')}" holds ${hits[neuron]} at ${neuron}, where the best rank ` +
          `is ${ranks[neuron]} and a target selects ${budget}`,
      );
      if (reset) neurons++;
      selections += hits[neuron]!;
    }
    const said = modules[index]!.neurons;
    demand(
      said === neurons,
      `reset.modules[${index}] counts ${said} neurons, but the ranks select ${neurons} of layer ${layer}, ${projection}`,
    );
  });
  const { targets } = recordTotals(record);
  demand(
    selections <= targets * budget,
    `its neurons are selected ${selections} times, more than ${targets} targets can with ${budget} each`,
  );
}

function demandMeans(said: Means, found: Means, where: string): void {
  for (const key of ['rows', 'entropy', 'top1Probability', 'negativeLogLikelihood'] as const) {
    demand(near(said[key], found[key]), `${where}.${key} is ${said[key]}, but its arrays make it ${found[key]}`);
  }
}

function demandMeasurement(
  record: RunRecord,
  arrays: RecordArrays,
  position: number,
  targets: Uint32Array,
  heldOut: Uint32Array | undefined,
): void {
  const { vocabSize } = record.architecture;
  demandRange(arrays, measurementArrayName(position, 'top_ids'), 0, vocabSize);
  for (const array of ['top1_probability', 'top_probabilities'] as const) {
    const probabilities = floatArray(arrays, measurementArrayName(position, array));
    const at = probabilities.findIndex((value) => value < 0 || value > 1.001);
    demand(at < 0, `measurement ${position} holds a probability of ${probabilities[at]} at ${at}`);
  }
  const { topTokens } = record.settings;
  const top = floatArray(arrays, measurementArrayName(position, 'top_probabilities'));
  for (let row = 0; row * topTokens < top.length; row++) {
    let sum = 0;
    for (let i = row * topTokens; i < (row + 1) * topTokens; i++) sum += top[i]!;
    demand(sum <= 1.001, `measurement ${position} holds probabilities of ${sum} together in row ${row}`);
  }
  const means = measurementMeans(arrays, position, targets, heldOut);
  const said = record.measurements[position]!;
  demandMeans(said.all, means.all, `measurements.${position}.all`);
  demandMeans(said.targets, means.targets, `measurements.${position}.targets`);
  // Which of them have such means was checked before.
  if (said.heldOut && means.heldOut) demandMeans(said.heldOut, means.heldOut, `measurements.${position}.heldOut`);
}

function demandReconstruction(record: RunRecord, arrays: RecordArrays): void {
  const found = reconstruction(
    doubleArray(arrays, 'targets.logit'),
    doubleArray(arrays, 'targets.reconstructed_logit'),
  );
  for (const key of ['maxError', 'meanError'] as const) {
    const said = record.reconstruction[key];
    demand(near(said, found[key]), `reconstruction.${key} is ${said}, but the logits make it ${found[key]}`);
  }
}

function demandTokens(record: RunRecord, arrays: RecordArrays): void {
  const { ids } = record.tokens;
  const used = usedTokens(arrays, record.architecture.vocabSize);
  const at = used.findIndex((id, position) => id !== ids[position]);
  demand(at < 0 && used.length === ids.length, 'tokens does not list the tokens that the arrays hold');
}

/**
 * Checks the arrays against the record: finite floats, ranks below the limit, token ids in the vocabulary, targets on
 * response rows of their sample, and everything of the JSON half that sums them up. Names, shapes and dtypes must have been
 * checked before.
 *
 * @throws RecordFault naming the array and the position, or both numbers
 */
export function checkArrays(record: RunRecord, layout: NeuronLayout, arrays: RecordArrays): void {
  const { targets } = recordTotals(record);
  demandFinite(arrays);
  demandRange(arrays, 'samples.ids', 0, record.architecture.vocabSize);
  for (const { layer, projection } of layout.modules) {
    demandRange(arrays, neuronArrayName(layer, projection, 'best_rank'), -1, record.neurons.rankLimit);
    demandRange(arrays, neuronArrayName(layer, projection, 'hits'), 0, targets + 1);
  }
  demandTargets(record, arrays);
  const rows = targetRows(record.samples, intArray(arrays, 'targets.row'));
  const heldOut = heldOutRows(record.samples);
  for (const position of record.measurements.keys()) demandMeasurement(record, arrays, position, rows, heldOut);
  demandReset(record, layout, arrays);
  demandReconstruction(record, arrays);
  demandContributions(record, layout, arrays);
  demandTokens(record, arrays);
}
