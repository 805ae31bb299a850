import type { Calibration } from '../../calibration/calibration.ts';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import type { CalibrationSample } from '../../calibration/sample.ts';
import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { InputError } from '../../errors.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';
import { type TeacherForced, teacherForced } from '../../readiness/teacherForced.ts';
import type { ReadinessRecord } from '../../record/readiness/readinessRecord.ts';
import { recordedReading } from '../../run/attribution/assembleRecord.ts';
import { measureCheckpoint } from '../../run/attribution/runMeasures.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { deviceEvent } from '../../run/progress/runEvents.ts';
import type { Device } from '../../settings/devices.ts';
import type { ProductForm } from '../../settings/precision.ts';
import { readOutputCalibration } from '../outputs/measureOutputs.ts';
import { tokenizing, unmeasurable } from '../outputs/sameTokens.ts';
import { withHashes } from './hashedFiles.ts';
import type { LinesPlan } from './readinessOptions.ts';

/* Teacher-forces checkpoints on training lines and on held-out lines, each by itself, as `verify` does. */

type Lines = NonNullable<NonNullable<ReadinessRecord['teacherForced']>['training']>;

/** Of one checkpoint; `null` for lines that were not given. */
export interface TeacherForcedRow {
  readonly training: TeacherForced | null;
  readonly heldOut: TeacherForced | null;
}

export interface TeacherForcedRows {
  readonly about: NonNullable<ReadinessRecord['teacherForced']>;
  /** One a checkpoint that was measured. */
  readonly rows: readonly TeacherForcedRow[];
  readonly notes: readonly string[];
}

/** Lines that were read. */
export interface ReadLines {
  readonly lines: Lines;
  readonly calibration: Calibration;
}

/** Reads one set of lines; undefined where none is named. @throws InputError */
async function readLines(
  named: readonly string[],
  { reading }: LinesPlan,
  checkpoints: readonly Checkpoint[],
  context: RunContext,
): Promise<ReadLines | undefined> {
  if (named.length === 0) return undefined;
  const { paths, notes } = await calibrationFiles(named);
  for (const text of notes) context.onEvent({ type: 'note', text });
  const { result: calibration, files } = await withHashes(paths, context.signal, () =>
    readOutputCalibration({ ...reading, calibration: paths }, checkpoints, context),
  );
  const own = tokenizing(checkpoints);
  const others = checkpoints.filter((each) => each !== own && each.tokenizerPath !== undefined);
  const reason = await unmeasurable(calibration.samples, checkpoints, others, context.signal);
  if (reason !== undefined) {
    throw new InputError(
      `The checkpoints cannot be teacher-forced on the same tokens: ${reason}. Leave --calibration and --held-out out.`,
    );
  }
  const { samples } = calibration;
  return { calibration, lines: { files, reading: recordedReading(calibration, reading), samples: samples.length } };
}

/** Training and held-out lines, those that were given. */
export interface LineSets {
  readonly training: ReadLines | undefined;
  readonly heldOut: ReadLines | undefined;
}

/** @throws InputError for lines that cannot be used */
export async function readLineSets(
  plan: LinesPlan,
  checkpoints: readonly Checkpoint[],
  context: RunContext,
): Promise<LineSets> {
  return {
    training: await readLines(plan.training, plan, checkpoints, context),
    heldOut: await readLines(plan.heldOut, plan, checkpoints, context),
  };
}

/** Measures of lines, by an engine or out of partials. */
export interface LinesMeasurer {
  readonly device: Device;
  readonly products: ProductForm;
  /** @param position of the checkpoint among those that are measured */
  measure(
    checkpoint: Checkpoint,
    position: number,
    kind: 'training' | 'held-out',
    samples: readonly CalibrationSample[],
  ): Promise<readonly SampleMeasures[]>;
  dispose(): Promise<void>;
}

/** By an engine, which is started. @throws as `startEngine` */
async function engineMeasurer({ reading }: LinesPlan, context: RunContext): Promise<LinesMeasurer> {
  const { onEvent, signal } = context;
  const { device, memoryBytes, processes, threads, weights, precision } = reading;
  const engine = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  onEvent(deviceEvent(engine));
  return {
    ...{ device: engine.device, products: engine.products },
    async measure(checkpoint, _, __, samples) {
      const { folder } = checkpoint;
      const place = placeOf(checkpoint);
      const work = { engine, folder, place, samples, topTokens: 1, phase: 'measure', signal, onEvent } as const;
      return (await measureCheckpoint(work)).measures;
    },
    dispose: () => engine.dispose(),
  };
}

/**
 * Measures checkpoints.
 *
 * @param checkpoints that must all take the lines for the same tokens
 * @param measured those of them that are measured; all of them where it is left out
 * @param measurerOf where measures come from; from an engine where it is left out
 * @throws InputError for lines that cannot be used, before any work
 * @throws RunError when the engine fails or a checkpoint gives no finite numbers; Interrupted on abort
 */
export async function teacherForcedRows(
  plan: LinesPlan,
  checkpoints: readonly Checkpoint[],
  context: RunContext,
  measured: readonly Checkpoint[] = checkpoints,
  measurerOf?: (sets: LineSets) => Promise<LinesMeasurer>,
): Promise<TeacherForcedRows> {
  const { onEvent } = context;
  const sets = await readLineSets(plan, checkpoints, context);
  const measurer = await (measurerOf ?? (() => engineMeasurer(plan, context)))(sets);
  const rows: TeacherForcedRow[] = [];
  try {
    for (const [position, checkpoint] of measured.entries()) {
      onEvent({ type: 'note', text: `Measuring "${checkpoint.folder}", ${position + 1} of ${measured.length}.` });
      const measure = async (kind: 'training' | 'held-out', set: ReadLines | undefined) => {
        if (set === undefined) return null;
        return teacherForced(await measurer.measure(checkpoint, position, kind, set.calibration.samples));
      };
      rows.push({
        training: await measure('training', sets.training),
        heldOut: await measure('held-out', sets.heldOut),
      });
      await checkUnchanged(checkpoint, 'while it was measured');
    }
  } finally {
    await measurer.dispose();
  }
  const about = {
    training: sets.training?.lines ?? null,
    heldOut: sets.heldOut?.lines ?? null,
    device: measurer.device,
    products: measurer.products,
  };
  const notes = [sets.training, sets.heldOut].flatMap((set) => set?.calibration.notes ?? []);
  return { about, rows, notes };
}
