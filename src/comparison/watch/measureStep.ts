import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError } from '../../errors.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import { mergeContext, usingAdapters } from '../../run/files/adapters.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { PhaseClock } from '../../run/progress/runEvents.ts';
import type { LinesPlan } from '../readiness/readinessOptions.ts';
import { readinessRow } from '../readiness/readinessRow.ts';
import { teacherForcedRows } from '../readiness/teacherForcedRows.ts';
import type { FoundStep } from './trainingSteps.ts';
import { baseName, type Measured } from './watchedRecord.ts';

/* Measures one step of a training that is followed, as `readiness` measures a checkpoint on written lines. */

/** A step that is no checkpoint, or not a whole one; the message says why. */
export class UnusableStep extends Error {}

async function openStep(
  { folder, problem }: FoundStep,
  base: Checkpoint | undefined,
  adapters: MergedAdapters,
  context: RunContext,
): Promise<Checkpoint> {
  if (problem !== undefined) throw new UnusableStep(problem.message);
  if (base === undefined && (await isAdapterFolder(folder))) {
    throw new InputError(`"${folder}" is a LoRA adapter: name the model that it belongs to with --base.`);
  }
  try {
    return base === undefined ? await openCheckpoint(folder) : await adapters.open(folder, base, mergeContext(context));
  } catch (error) {
    throw error instanceof InputError ? new UnusableStep(error.message) : error;
  }
}

/**
 * @param base whose tokens are the step's too
 * @param withBase it is measured as well, and its row comes first
 * @throws UnusableStep when what was found is not a whole checkpoint
 * @throws InputError for lines that cannot be used
 * @throws RunError when the engine fails or the step gives no finite numbers; ChangedInput; Interrupted
 */
export async function measureStep(
  found: FoundStep,
  base: Checkpoint | undefined,
  withBase: boolean,
  lines: LinesPlan,
  context: RunContext,
): Promise<Measured> {
  const started = performance.now();
  const clock = new PhaseClock(context.onEvent);
  clock.begin('load');
  return usingAdapters(context, async (adapters) => {
    const step = await openStep(found, base, adapters, context);
    const checkpoints = base === undefined ? [step] : [base, step];
    clock.begin('measure');
    const measured = withBase ? checkpoints : [step];
    const { about, rows: forced, notes } = await teacherForcedRows(lines, checkpoints, context, measured);
    clock.end();
    const rows: ReadinessRow[] = [];
    for (const [i, checkpoint] of measured.entries()) {
      const isBase = checkpoint !== step;
      const name = isBase ? baseName(checkpoint.folder) : found.name;
      rows.push(
        await readinessRow({ name, checkpoint }, { isBase, conditions: [], forced: forced[i], sampled: undefined }),
      );
    }
    return { rows, about, notes, seconds: (performance.now() - started) / 1000 };
  });
}
