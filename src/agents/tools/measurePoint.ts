import { z } from 'zod';
import { readRecord } from '../../record/run/recordFile.ts';
import { checkRho } from '../../run/commit/checkRho.ts';
import { measurePoint } from '../../run/sweep/measurePoint.ts';
import { defineTool } from '../agentTool.ts';
import { engineArguments, engineSettings } from '../engineArguments.ts';
import { runSummary } from '../parts/runSummary.ts';
import { pointDocument } from '../parts/sweepParts.ts';
import { checkRecordedInputs } from '../recordedInputs.ts';
import { startedJob } from '../startedJob.ts';
import { alphaArgument, rhoArgument, runRecordArgument, waitArgument } from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `measure_point`: what a commit at some alpha and rho would measure, without one. */

export const measurePointTool = defineTool({
  name: 'measure_point',
  title: 'Measure without committing',
  description:
    "Measure what a commit at some alpha and rho would give, on the record's calibration: entropy, NLL and top-1 probability over all response rows, the " +
    'targets and held-out samples, beside those of base and SFT. Runs the model from a temporary checkpoint that is deleted again.',
  effect: 'runs',
  input: z.strictObject({
    record: runRecordArgument(),
    alpha: alphaArgument().optional(),
    rho: rhoArgument().optional(),
    ...engineArguments,
    wait_seconds: waitArgument(45),
  }),
  question: ({ record }) =>
    `Measure what a commit of "${record}" would give? A temporary checkpoint is written and deleted.`,
  async run({ record: path, alpha, rho, wait_seconds: wait, ...engine }, context): Promise<ToolDocument> {
    const open = await readRecord(await context.roots.record(path));
    await checkRecordedInputs(open, context.roots);
    if (rho !== undefined) checkRho(rho, open.record.settings);
    const settings = engineSettings(engine);
    return startedJob({ kind: 'measure', title: 'Measure', wait }, context, async (running) => ({
      record: open.path,
      point: pointDocument(await measurePoint({ record: open.path, alpha, rho, ...settings }, running)),
      references: runSummary(open)['measurements'],
    }));
  },
});
