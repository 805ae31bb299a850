import { z } from 'zod';
import { readRecord } from '../../record/run/recordFile.ts';
import { checkRho } from '../../run/commit/checkRho.ts';
import { commitRun } from '../../run/commitRun.ts';
import { defineTool } from '../agentTool.ts';
import { resetDocument } from '../parts/runSummary.ts';
import { checkRecordedInputs } from '../recordedInputs.ts';
import { startedJob } from '../startedJob.ts';
import {
  alphaArgument,
  dtypeArgument,
  pathArgument,
  rhoArgument,
  runRecordArgument,
  waitArgument,
} from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `commit_checkpoint`: the rejuvenated checkpoint, into a folder that does not exist. */

export const commitCheckpoint = defineTool({
  name: 'commit_checkpoint',
  title: 'Commit a checkpoint',
  description:
    'Write the rejuvenated checkpoint of a run record: fuse SFT with base by alpha, reset the neurons that rho selects. No model runs. out must be a ' +
    'folder that does not exist; nothing is ever replaced. Needs as much disk as the SFT checkpoint. Look at preview_reset first.',
  effect: 'writes',
  input: z.strictObject({
    record: runRecordArgument(),
    out: pathArgument('Folder to be written; must not exist'),
    alpha: alphaArgument().optional().describe("Weight of the SFT checkpoint in the fusion; the run's own if left out"),
    rho: rhoArgument().optional(),
    dtype: dtypeArgument().optional(),
    wait_seconds: waitArgument(45),
  }),
  question: ({ record, out }) => `Write the rejuvenated checkpoint of "${record}" to "${out}"?`,
  async run({ record: path, out, alpha, rho, dtype, wait_seconds: wait }, context): Promise<ToolDocument> {
    const { roots } = context;
    const folder = await roots.free(out, 'checkpoint');
    const open = await readRecord(await roots.record(path));
    const { settings } = open.record;
    checkRho(rho ?? settings.rho, settings);
    await checkRecordedInputs(open, roots);
    return startedJob({ kind: 'commit', title: 'Commit', wait }, context, async (running) => {
      const options = { record: open.path, out: folder, alpha, rho, dtype, overwrite: false };
      const { committed, reset } = await commitRun(options, running, open);
      return {
        record: open.path,
        checkpoint: committed.folder,
        alpha: committed.alpha,
        rho: committed.rho,
        reset: reset === undefined ? null : resetDocument(committed.rho, reset),
      };
    });
  },
});
