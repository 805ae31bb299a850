import type { Calibration } from '../../calibration/calibration.ts';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { InputError } from '../../errors.ts';
import { type TeacherForced, teacherForced } from '../../readiness/teacherForced.ts';
import type { ReadinessRecord } from '../../record/readiness/readinessRecord.ts';
import { recordedReading } from '../../run/attribution/assembleRecord.ts';
import { measureCheckpoint } from '../../run/attribution/runMeasures.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { deviceEvent } from '../../run/progress/runEvents.ts';
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

interface ReadLines {
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

/**
 * Measures checkpoints.
 *
 * @param checkpoints that must all take the lines for the same tokens
 * @param measured those of them that are measured; all of them where it is left out
 * @throws InputError for lines that cannot be used, before any work
 * @throws RunError when the engine fails or a checkpoint gives no finite numbers; Interrupted on abort
 */
export async function teacherForcedRows(
  plan: LinesPlan,
  checkpoints: readonly Checkpoint[],
  context: RunContext,
  measured: readonly Checkpoint[] = checkpoints,
): Promise<TeacherForcedRows> {
  const { onEvent, signal } = context;
  const sets = {
    training: await readLines(plan.training, plan, checkpoints, context),
    heldOut: await readLines(plan.heldOut, plan, checkpoints, context),
  };
  const { device, memoryBytes, processes, threads, weights, precision } = plan.reading;
  const engine = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  const rows: TeacherForcedRow[] = [];
  try {
    onEvent(deviceEvent(engine));
    for (const [position, checkpoint] of measured.entries()) {
      const { folder } = checkpoint;
      onEvent({ type: 'note', text: `Measuring "${folder}", ${position + 1} of ${measured.length}.` });
      const place = placeOf(checkpoint);
      const measure = async (set: ReadLines | undefined): Promise<TeacherForced | null> => {
        if (set === undefined) return null;
        const { samples } = set.calibration;
        const work = { engine, folder, place, samples, topTokens: 1, phase: 'measure', signal, onEvent } as const;
        return teacherForced((await measureCheckpoint(work)).measures);
      };
      rows.push({ training: await measure(sets.training), heldOut: await measure(sets.heldOut) });
      await checkUnchanged(checkpoint, 'while it was measured');
    }
  } finally {
    await engine.dispose();
  }
  const about = {
    training: sets.training?.lines ?? null,
    heldOut: sets.heldOut?.lines ?? null,
    device: engine.device,
    products: engine.products,
  };
  const notes = [sets.training, sets.heldOut].flatMap((set) => set?.calibration.notes ?? []);
  return { about, rows, notes };
}
