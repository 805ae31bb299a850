import { projectionShape, projections } from '../../checkpoint/architecture/architecture.ts';
import { type NeuronLayout, neuronLayout } from '../../method/neuronLayout.ts';
import { floatArray, intArray, type RecordArrays } from '../arrays.ts';
import { measurementArrayName } from '../measurementArrays.ts';
import { RecordFault } from '../recordFault.ts';
import { neuronArrayName, recordTotals } from './recordArrays.ts';
import type { RunRecord } from './runRecord.ts';

/* Checks that the parts of a run record agree with each other. */

function demand(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new RecordFault(fault);
}

/** Largest value of a safetensors dimension that a typed array can hold. */
const maxNeurons = 2 ** 31;

function demandAscendingTokens(record: RunRecord): void {
  const { ids, texts } = record.tokens;
  demand(ids.length === texts.length, `tokens has ${ids.length} ids but ${texts.length} texts`);
  let previous = -1;
  for (const id of ids) {
    demand(id > previous, `tokens.ids is not ascending at ${id}`);
    demand(id < record.architecture.vocabSize, `tokens.ids holds ${id}, beyond the vocabulary`);
    previous = id;
  }
}

function demandSamples(record: RunRecord): void {
  let ids = 0;
  let rows = 0;
  let targets = 0;
  record.samples.forEach((sample, index) => {
    const expectedRows = Math.max(sample.tokens - 1 - Math.max(sample.promptLength - 1, 0), 0);
    demand(
      sample.promptLength <= sample.tokens &&
        sample.firstId === ids &&
        sample.firstRow === rows &&
        sample.firstTarget === targets &&
        sample.rows === expectedRows &&
        sample.targets <= sample.rows,
      `samples[${index}] does not fit its neighbours or its own lengths`,
    );
    ids += sample.tokens;
    rows += sample.rows;
    targets += sample.targets;
  });
  for (const { name, all, targets: means } of record.measurements) {
    demand(
      all.rows === rows && means.rows === targets,
      `measurement "${name}" counts other rows or targets than the samples`,
    );
  }
}

/**
 * The neuron layout of the record's architecture, after checks that need no arrays: the small half agrees with itself.
 *
 * @throws RecordFault naming what does not fit
 */
export function checkRecord(record: RunRecord): NeuronLayout {
  const { architecture, neurons, settings } = record;
  const widths = projections.map((projection) => Math.max(...projectionShape(architecture, projection)));
  demand(Math.max(...widths) * architecture.layers < maxNeurons, 'architecture describes an impossibly large model');
  const layout = neuronLayout(architecture);
  demand(
    neurons.total === layout.total,
    `neurons.total is ${neurons.total}, but the architecture has ${layout.total} neurons`,
  );
  demand(neurons.rankLimit <= neurons.total, 'neurons.rankLimit exceeds neurons.total');
  demand(settings.rho <= settings.rhoMax, 'settings.rho exceeds settings.rhoMax');
  demand(record.reset.modules.length === layout.modules.length, 'reset.modules does not list every module');
  record.reset.modules.forEach((module, index) => {
    const expected = layout.modules[index]!;
    demand(
      module.layer === expected.layer &&
        module.projection === expected.projection &&
        module.width === expected.width &&
        module.neurons <= module.width,
      `reset.modules[${index}] does not fit the architecture`,
    );
  });
  demand(
    record.measurements[0]?.name === 'base' && record.measurements[1]?.name === 'sft',
    'measurements does not begin with base and sft',
  );
  const names = new Set(record.measurements.map(({ name }) => name));
  demand(names.size === record.measurements.length, 'measurements names a checkpoint twice');
  demandSamples(record);
  demandAscendingTokens(record);
  return layout;
}

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
    const start = Math.max(sample.promptLength - 1, 0);
    let previous = start - 1;
    for (let target = sample.firstTarget; target < sample.firstTarget + sample.targets; target++) {
      const row = rowOf[target]!;
      demand(
        sampleOf[target] === index &&
          row > previous &&
          row < start + sample.rows &&
          goldOf[target] === ids[sample.firstId + row + 1],
        `target ${target} does not fit sample ${index}`,
      );
      previous = row;
    }
  });
}

/**
 * Checks the arrays' values against the record: finite floats, ranks below the limit, token ids in the vocabulary,
 * targets on response rows of their sample. Names, shapes and dtypes must have been checked before.
 *
 * @throws RecordFault naming the array and the position
 */
export function checkArrays(record: RunRecord, layout: NeuronLayout, arrays: RecordArrays): void {
  const { vocabSize } = record.architecture;
  const { targets } = recordTotals(record);
  demandFinite(arrays);
  demandRange(arrays, 'samples.ids', 0, vocabSize);
  record.measurements.forEach((_, position) => {
    demandRange(arrays, measurementArrayName(position, 'top_ids'), 0, vocabSize);
    const probabilities = floatArray(arrays, measurementArrayName(position, 'top1_probability'));
    const at = probabilities.findIndex((value) => value < 0 || value > 1.001);
    demand(at < 0, `measurement ${position} holds a probability of ${probabilities[at]} at ${at}`);
  });
  for (const { layer, projection } of layout.modules) {
    demandRange(arrays, neuronArrayName(layer, projection, 'best_rank'), -1, record.neurons.rankLimit);
    demandRange(arrays, neuronArrayName(layer, projection, 'hits'), 0, targets + 1);
  }
  demandTargets(record, arrays);
}
