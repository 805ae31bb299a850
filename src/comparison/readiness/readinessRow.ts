import type { Condition } from '../../readiness/verdict/conditions.ts';
import { nllGap, verdictOn } from '../../readiness/verdict/verdict.ts';
import type { ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import type { SampledCheckpoint } from '../../run/readiness/rolloutSource.ts';
import { describeCheckpoint } from '../checkpoints/describeCheckpoint.ts';
import type { SampledRows } from './sampledRows.ts';
import type { TeacherForcedRow } from './teacherForcedRows.ts';

/* A readiness record's row: what was measured of one checkpoint, judged by the conditions. */

export interface MeasuredRow {
  readonly isBase: boolean;
  readonly conditions: readonly Condition[];
  /** Undefined: it was not teacher-forced. */
  readonly forced: TeacherForcedRow | undefined;
  /** Of its answers, one a temperature; undefined: none were sampled. */
  readonly sampled: SampledRows['rows'][number] | undefined;
}

/** @throws InputError when a file of the checkpoint cannot be read */
export async function readinessRow(
  { name, checkpoint }: Pick<SampledCheckpoint, 'name' | 'checkpoint'>,
  { isBase, conditions, forced, sampled: answers = [] }: MeasuredRow,
): Promise<ReadinessRow> {
  const { training = null, heldOut = null } = forced ?? {};
  const [first] = answers;
  const judged = isBase ? [] : conditions;
  const { ready, outcomes } = verdictOn(judged, {
    training,
    heldOut,
    sampled: first ?? null,
    coverage: first?.coverage ?? null,
  });
  const recorded = (figures: typeof training) => figures && { ...figures, entropyCounts: [...figures.entropyCounts] };
  return {
    name,
    checkpoint: checkpoint === undefined ? null : await describeCheckpoint(checkpoint, name),
    isBase,
    training: recorded(training),
    heldOut: recorded(heldOut),
    nllGap: nllGap(training, heldOut),
    sampled: [...answers],
    ready,
    outcomes: [...outcomes],
  };
}
