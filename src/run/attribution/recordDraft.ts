import type { Engine } from '../../engine/process/engine.ts';
import { keptNeuronCount } from '../../method/contributions.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { resetBudget } from '../../method/resetSet.ts';
import { intArray, type RecordArray } from '../../record/arrays/arrays.ts';
import type { RecordDraft } from '../../record/run/recordFile.ts';
import { reconstruction } from '../../record/run/recordMeans.ts';
import { parameterCount, resetSummary } from '../../record/run/resetReport.ts';
import { recordSchemaName, recordVersion } from '../../record/run/runRecord.ts';
import { heldOutRows, targetRows } from '../../record/run/targetRows.ts';
import { program } from '../../settings/programInfo.ts';
import { type RunSettings, topTokens } from '../../settings/runSettings.ts';
import {
  calibrationArrays,
  measurement,
  measurementArrays,
  neuronArrays,
  recordedReading,
  recordSamples,
} from './assembleRecord.ts';
import type { Attributed } from './runAttribution.ts';
import type { Loaded } from './runLoad.ts';
import type { MeasuredCheckpoint } from './runMeasures.ts';
import type { RunTargets } from './runTargets.ts';
import { tokenTable } from './tokenTable.ts';

/* Puts a run record together from everything that a run found. */

/** What the engine found. */
export interface Results {
  readonly baseMeasured: MeasuredCheckpoint;
  readonly sftMeasured: MeasuredCheckpoint;
  readonly attributed: Attributed;
  readonly targets: RunTargets;
}

/**
 * Puts the record together from everything found; hashes of the inputs and the phases' times are still to be added.
 *
 * @param started when the run began, ISO 8601
 * @throws Interrupted on abort
 */
export async function recordDraft(
  { base, sft, notes, calibration, vocabulary, tokenizerPath }: Loaded,
  engine: Pick<Engine, 'device' | 'processes' | 'refused' | 'runtimeVersion' | 'products'>,
  settings: RunSettings,
  { baseMeasured, sftMeasured, attributed, targets }: Results,
  started: string,
  signal: AbortSignal,
): Promise<{ draft: Omit<RecordDraft, 'inputs'>; arrays: ReadonlyMap<string, RecordArray> }> {
  const { architecture } = sft;
  const layout = neuronLayout(architecture);
  const parameters = parameterCount(sft);
  const rankLimit = resetBudget(settings.rhoMax, layout.total);
  const arrays = new Map<string, RecordArray>([
    ...calibrationArrays(calibration.samples, targets.samples, attributed.state),
    ...measurementArrays(0, baseMeasured.measures),
    ...measurementArrays(1, sftMeasured.measures),
    ...neuronArrays(layout, attributed.state),
  ]);
  const samples = recordSamples(targets.samples);
  const rows = targetRows(samples, intArray(arrays, 'targets.row'));
  const heldOut = heldOutRows(samples);
  const draft: Omit<RecordDraft, 'inputs'> = {
    schema: recordSchemaName,
    version: recordVersion,
    program,
    settings: { ...settings, templateArgs: [...settings.templateArgs], topTokens },
    calibration: recordedReading(calibration, settings),
    run: {
      started,
      finished: new Date().toISOString(),
      phases: [],
      resumed: { base: baseMeasured.resumed, sft: sftMeasured.resumed, attribution: attributed.resumed },
    },
    engine: {
      device: engine.device,
      processes: engine.processes,
      refused: engine.refused.map(({ device, reason }) => ({ device, reason })),
      runtimeVersion: engine.runtimeVersion,
      products: engine.products,
      plans: {
        base: baseMeasured.plan,
        sft: sftMeasured.plan,
        attribution: attributed.plan,
      },
    },
    architecture,
    ...(vocabulary !== undefined && { vocabulary }),
    parameters,
    neurons: { total: layout.total, rankLimit, kept: keptNeuronCount(rankLimit) },
    reconstruction: reconstruction(attributed.state.logit, attributed.state.reconstructedLogit),
    reset: resetSummary(layout, attributed.state.totals.bestRank, settings.rho, parameters),
    measurements: [
      measurement('base', base.folder, 0, arrays, rows, heldOut),
      measurement('sft', sft.folder, 1, arrays, rows, heldOut),
    ],
    samples,
    tokens: await tokenTable(arrays, architecture.vocabSize, tokenizerPath, signal),
    notes: [...notes],
    checkpoints: [],
  };
  return { draft, arrays };
}
