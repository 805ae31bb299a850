import { z } from 'zod';
import { defineTool } from '../agentTool.ts';
import { waitArgument } from '../toolArguments.ts';

/* The tools `follow_job` and `cancel_job`: what becomes of a run, a measurement, a comparison or a commit. */

const job = z.string().min(1).max(100).describe('As the tool that started it answered: run-1');

export const followJob = defineTool({
  name: 'follow_job',
  title: 'Follow a job',
  description:
    'How far a job is that start_run, measure_point, compare_checkpoints or commit_checkpoint began; its result once it is done. Waits for the end for ' +
    'wait_seconds. Jobs end with this server: what a run has finished by then is kept on disk.',
  effect: 'reads',
  input: z.strictObject({ job, wait_seconds: waitArgument(20) }),
  run: ({ job: id, wait_seconds: seconds }, context) => context.jobs.wait(id, seconds, context),
});

export const cancelJob = defineTool({
  name: 'cancel_job',
  title: 'Cancel a job',
  description:
    'Stop a job and wait until it has cleaned up. A run keeps its finished samples, and start_run with the same arguments takes them up; a ' +
    'commit, a measurement or a comparison leaves nothing.',
  effect: 'runs',
  input: z.strictObject({ job }),
  question: ({ job: id }) => `Stop ${id}?`,
  run: ({ job: id }, { jobs }) => jobs.cancel(id),
});
