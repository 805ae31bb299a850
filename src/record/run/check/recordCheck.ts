import { adapterConfigName } from '../../../checkpoint/adapter/adapter.ts';
import { projectionShape, projections } from '../../../checkpoint/architecture/architecture.ts';
import { expectedParameters } from '../../../checkpoint/architecture/expectedTensors.ts';
import { mostExperts } from '../../../checkpoint/architecture/expertsConfig.ts';
import { shown } from '../../../files/reading/shown.ts';
import { type NeuronLayout, neuronLayout } from '../../../method/neuronLayout.ts';
import { resetBudget } from '../../../method/resetSet.ts';
import { areResponses, responseRowCount } from '../../../method/responseRows.ts';
import { isFileOf } from '../../calibrationInputs.ts';
import { demand } from '../../recordFault.ts';
import type { RunRecord } from '../runRecord.ts';

/* Checks that the parts of a run record agree with each other. */

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
  let heldOutRows = 0;
  record.samples.forEach((sample, index) => {
    demand(
      isFileOf(sample.file, record.inputs.calibration) &&
        areResponses(sample.responses, sample.tokens) &&
        sample.firstId === ids &&
        sample.firstRow === rows &&
        sample.firstTarget === targets &&
        sample.rows === responseRowCount(sample.responses) &&
        sample.targets <= Math.min(sample.rows, record.settings.topN) &&
        sample.tokens <= record.settings.maxLength,
      `samples[${index}] does not fit its neighbours or its own lengths`,
    );
    demand(!sample.heldOut || sample.targets === 0, `samples[${index}] is held out, but has targets`);
    ids += sample.tokens;
    if (sample.heldOut) heldOutRows += sample.rows;
    rows += sample.rows;
    targets += sample.targets;
  });
  const { length } = record.samples.filter(({ heldOut }) => heldOut);
  const { holdout } = record.settings;
  demand(
    holdout === 0 ? length === 0 : length > 0 && length < record.samples.length,
    `${length} of ${record.samples.length} samples are held out, but settings.holdout is ${holdout}`,
  );
  for (const { name, all, targets: means, heldOut } of record.measurements) {
    demand(
      all.rows === rows && means.rows === targets,
      `measurement ${shown(name)} counts other rows or targets than the samples`,
    );
    demand(
      (heldOut !== undefined) === length > 0 && (heldOut?.rows ?? 0) === heldOutRows,
      `measurement ${shown(name)} counts other rows of held-out samples than there are`,
    );
  }
}

/** Each side has the files that make a checkpoint: what is not listed could not be told from another later. */
function demandFiles(side: 'base' | 'sft', inputs: RunRecord['inputs']): void {
  const { files } = inputs[side];
  const names = new Set(files.map(({ name }) => name));
  demand(names.size === files.length, `inputs.${side}.files lists a file twice`);
  const config = side === 'sft' && inputs.sft.adapter !== undefined ? adapterConfigName : 'config.json';
  demand(names.has(config), `inputs.${side}.files does not list "${config}"`);
  demand(
    [...names].some((name) => name.endsWith('.safetensors')),
    `inputs.${side}.files lists no weights (.safetensors)`,
  );
}

/** Old checkpoints may store rotary frequencies, which are no part of the architecture: `[headDim / 2]` a layer. */
function demandParameters({ architecture, parameters }: RunRecord): void {
  const expected = expectedParameters(architecture);
  demand(
    parameters >= expected && parameters <= expected + (architecture.layers + 1) * architecture.headDim,
    `parameters is ${parameters}, but the architecture has ${expected}`,
  );
}

/** What is told of the vocabulary is that of the architecture, and rows kept are rows that both sides have. */
function demandVocabulary({ vocabulary, architecture, settings }: RunRecord): void {
  if (vocabulary === undefined) return;
  const { baseRows, sftRows, addedRows, droppedRows, kept } = vocabulary;
  demand(
    sftRows === architecture.vocabSize,
    `vocabulary.sftRows is ${sftRows}, but the architecture has ${architecture.vocabSize}`,
  );
  demand(
    addedRows === Math.max(0, sftRows - baseRows) && droppedRows === Math.max(0, baseRows - sftRows),
    `vocabulary adds ${addedRows} and drops ${droppedRows} rows, but has ${baseRows} and ${sftRows}`,
  );
  demand(settings.renamedRows === 'keep' || kept.length === 0, 'vocabulary.kept lists rows that were to be fused');
  let previous = -1;
  for (const { id } of kept) {
    demand(id > previous, `vocabulary.kept is not ascending at ${id}`);
    demand(id < Math.min(baseRows, sftRows), `vocabulary.kept holds ${id}, which not both checkpoints have`);
    previous = id;
  }
}

/** The reset set's counts agree with each other, the settings and the architecture; the ranks may still gainsay them. */
function demandResetCounts({ reset, settings, neurons, parameters }: RunRecord, layout: NeuronLayout): void {
  const budget = resetBudget(settings.rho, layout.total);
  demand(reset.budget === budget, `reset.budget is ${reset.budget}, but rho ${settings.rho} makes it ${budget}`);
  demand(reset.modules.length === layout.modules.length, 'reset.modules does not list every module');
  let [selected, putBack] = [0, 0];
  reset.modules.forEach((module, index) => {
    const expected = layout.modules[index]!;
    demand(
      module.layer === expected.layer &&
        module.projection === expected.projection &&
        module.width === expected.width &&
        module.neurons <= module.width &&
        module.parameters === module.neurons * expected.parametersPerNeuron,
      `reset.modules[${index}] does not fit the architecture`,
    );
    selected += module.neurons;
    putBack += module.parameters;
  });
  demand(reset.neurons === selected, `reset.neurons is ${reset.neurons}, but its modules add up to ${selected}`);
  demand(reset.parameters === putBack, `reset.parameters is ${reset.parameters}, but its modules add up to ${putBack}`);
  demand(
    Math.abs(reset.neuronRatio - selected / neurons.total) < 1e-12,
    `reset.neuronRatio is ${reset.neuronRatio}, but ${selected} of ${neurons.total} neurons are reset`,
  );
  demand(
    Math.abs(reset.parameterRatio - putBack / parameters) < 1e-12,
    `reset.parameterRatio is ${reset.parameterRatio}, but ${putBack} of ${parameters} parameters are reset`,
  );
}

function demandCommitted({ checkpoints, settings, neurons }: RunRecord): void {
  for (const [index, { rho, neurons: reset }] of checkpoints.entries()) {
    demand(
      rho <= settings.rhoMax && reset <= neurons.total && (rho > 0 || reset === 0),
      `checkpoints[${index}] does not fit the record's rho-max and neurons`,
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
  const { layers, experts } = architecture;
  // Layers with experts may come first, last, or not at all.
  const shapes = projections.flatMap((projection) => [
    projectionShape({ ...architecture, experts: undefined }, 0, projection),
    projectionShape(architecture, 0, projection),
  ]);
  const widest = Math.max(...shapes.flat(), (experts?.count ?? 0) * (experts?.intermediateSize ?? 0));
  demand(
    widest * layers < maxNeurons && layers * (experts?.count ?? 0) <= mostExperts,
    'architecture describes an impossibly large model',
  );
  const layout = neuronLayout(architecture);
  demand(
    neurons.total === layout.total,
    `neurons.total is ${neurons.total}, but the architecture has ${layout.total} neurons`,
  );
  demand(settings.rho <= settings.rhoMax, 'settings.rho exceeds settings.rhoMax');
  const rankLimit = resetBudget(settings.rhoMax, layout.total);
  demand(
    neurons.rankLimit === rankLimit,
    `neurons.rankLimit is ${neurons.rankLimit}, but rho-max ${settings.rhoMax} makes it ${rankLimit}`,
  );
  demand(neurons.kept <= rankLimit, `neurons.kept is ${neurons.kept}, but no more than ${rankLimit} ranks are kept`);
  demandParameters(record);
  demandVocabulary(record);
  demandFiles('base', record.inputs);
  demandFiles('sft', record.inputs);
  demandResetCounts(record, layout);
  demandCommitted(record);
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
