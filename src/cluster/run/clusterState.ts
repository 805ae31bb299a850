import { join } from 'node:path';
import { z } from 'zod';
import { exists } from '../../files/reading/exists.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { untilStill } from '../../record/untilStill.ts';
import { parseAs } from './clusterRun.ts';

/* What was submitted of a run and what its user decided since, `state.json` in its folder. Written under the run's lock. */

const kind = { what: 'the state of a run on a cluster', maxBytes: 64e6 };

const stateSchema = z.object({
  /** Grows when the user has it go on: failures of earlier rounds do not count any more. */
  round: z.number().int().nonnegative(),
  /** The user cancelled it; nothing is submitted or queued again until it is resumed. */
  cancelled: z.boolean(),
  submitted: z.array(
    z.object({
      job: z.string(),
      phase: z.string(),
      offset: z.number().int().nonnegative(),
      /** Of the array. */
      indices: z.array(z.number().int().nonnegative()),
      round: z.number().int().nonnegative(),
      /** For other jobs: it may have ended before it began. */
      waits: z.boolean(),
      at: z.string(),
    }),
  ),
  /** The jobs that submit again what was lost, in their order. */
  resumeJobs: z.array(z.object({ job: z.string(), round: z.number().int().nonnegative() })).default([]),
});

export type ClusterState = z.infer<typeof stateSchema>;

/** Of a run of which nothing was submitted yet. */
export const noState: ClusterState = { round: 0, cancelled: false, submitted: [], resumeJobs: [] };

const statePath = (folder: string) => join(folder, 'state.json');

/** @throws InputError when it is damaged */
export async function readState(folder: string): Promise<ClusterState> {
  const path = statePath(folder);
  if (!(await exists(path))) return noState;
  return parseAs(stateSchema, await untilStill(() => readTextFile(path, kind)), path);
}

/** @throws InputError when it cannot be written */
export async function writeState(folder: string, state: ClusterState): Promise<void> {
  await writeFileWhole(statePath(folder), Buffer.from(`${JSON.stringify(state, null, 1)}\n`), true);
}
