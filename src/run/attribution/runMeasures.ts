import { type CalibrationSample, samplePlace } from '../../calibration/sample.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { RunError } from '../../errors.ts';
import { responseRowCount } from '../../method/responseRows.ts';
import type { Completion, EngineOutcome, SampleMeasures } from '../../protocol/engine.ts';
import type { Phase } from '../../record/phases.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';
import type { ResumeLog } from '../resume/resumeLog.ts';

/* Has the engine measure one checkpoint on all samples, and checks what comes back. */

/** Measures of every sample, in order, and how the engine cut the work (null: nothing was left to do). */
export interface MeasuredCheckpoint {
  readonly measures: readonly SampleMeasures[];
  readonly plan: EngineOutcome | null;
  /** Samples taken over from an earlier run. */
  readonly resumed: number;
}

export interface MeasureWork {
  readonly engine: Engine;
  /** For messages. */
  readonly folder: string;
  /** The folder that the engine opens, where it is another. */
  readonly place?: string;
  /** A base is measured with the SFT's vocabulary. */
  readonly completion?: Completion | undefined;
  readonly samples: readonly CalibrationSample[];
  readonly topTokens: number;
  readonly phase: Phase;
  readonly signal: AbortSignal;
  readonly onEvent: OnRunEvent;
  /** Hears how the work is cut; what it throws ends the request. */
  readonly onCut?: ((cut: string) => void) | undefined;
  /** Keeps finished samples for a later run. */
  readonly log?: ResumeLog;
}

/** @throws RunError when they have another number of rows than the sample, or hold values that are not finite */
export function checkMeasures(measures: SampleMeasures, sample: CalibrationSample, folder: string): void {
  const rows = responseRowCount(sample.responses);
  const { entropy, top1Probability, negativeLogLikelihood, topProbabilities } = measures;
  if (entropy.length !== rows) {
    throw new RunError(`The engine measured ${entropy.length} rows of ${samplePlace(sample)}, not ${rows}.`);
  }
  for (const values of [entropy, top1Probability, negativeLogLikelihood, topProbabilities]) {
    if (!values.every(Number.isFinite)) {
      throw new RunError(
        `"${folder}" gives values that are not numbers on ${samplePlace(sample)} of the calibration: ` +
          'its weights hold NaN or infinity, or overflow on this device.',
      );
    }
  }
}

/**
 * Teacher-forces one checkpoint over the calibration (one sample's measures have one entry a response row).
 *
 * @throws RunError when the engine dies or the checkpoint gives no finite numbers
 * @throws Interrupted on abort; finished samples are in the log
 */
export async function measureCheckpoint(work: MeasureWork): Promise<MeasuredCheckpoint> {
  const { engine, folder, place = folder, completion, samples, topTokens, phase, signal, onEvent, onCut, log } = work;
  const measures = [...(log?.restored ?? [])];
  const resumed = measures.length;
  measures.forEach((measure, index) => {
    checkMeasures(measure, samples[index]!, folder);
  });
  if (resumed === samples.length) return { measures, plan: null, resumed };
  const plan = await engine.measure(
    { checkpoint: place, completion, samples, firstSample: resumed, topTokens },
    {
      signal,
      ...(onCut && { onCut }),
      onSample(result) {
        const sample = samples[measures.length];
        if (sample === undefined || result.index !== sample.index) {
          throw new RunError(`The engine returned sample ${result.index} out of order.`);
        }
        checkMeasures(result, sample, folder);
        measures.push(result);
        log?.append(result);
      },
      onProgress({ done, total }) {
        onEvent({ type: 'progress', phase, done, total, unit: 'steps' });
      },
      onPlan: (plan) => onEvent({ type: 'plan', phase, plan }),
      onNote: (text) => onEvent({ type: 'warning', text }),
    },
  );
  if (measures.length !== samples.length) {
    throw new RunError(`The engine measured ${measures.length} of ${samples.length} samples of "${folder}".`);
  }
  return { measures, plan, resumed };
}
