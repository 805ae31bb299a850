import { z } from 'zod';
import { compareCheckpoints } from '../../comparison/compareCheckpoints.ts';
import { comparisonPaths } from '../../record/comparison/comparisonPaths.ts';
import { defineTool } from '../agentTool.ts';
import { comparisonSummary, tensorsPage } from '../parts/comparisonParts.ts';
import { startedJob } from '../startedJob.ts';
import { pathArgument, waitArgument } from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `compare_checkpoints`: what changed from checkpoint to checkpoint. */

/** Characters of the tensors that changed most, of the first pair. */
const tensorRoom = 3000;

export const compareCheckpointsTool = defineTool({
  name: 'compare_checkpoints',
  title: 'Compare checkpoints',
  description:
    'What changed from the first checkpoint to each other one, tensor by tensor: drift, relative change, cosine, unchanged share. Reads all weights once. ' +
    'With record the whole comparison is kept, for read_record and VS Code; without, the answer holds the summary and the tensors that changed most.',
  effect: 'writes',
  input: z.strictObject({
    checkpoints: z
      .array(pathArgument('Folder of a checkpoint'))
      .min(2)
      .max(8)
      .describe('The first is the reference, of which others may be LoRA adapters'),
    pairs: z
      .enum(['reference', 'all'])
      .default('reference')
      .describe('Each with the reference, or all pairs of up to six'),
    record: pathArgument('Where the comparison goes, NAME.comparison.json; must not exist').optional(),
    wait_seconds: waitArgument(45),
  }),
  question: ({ checkpoints, record }) =>
    `Compare ${checkpoints.map((path) => `"${path}"`).join(', ')}${record === undefined ? '' : ` and write "${record}"`}?`,
  async run({ checkpoints: named, pairs, record: path, wait_seconds: wait }, context): Promise<ToolDocument> {
    const { roots } = context;
    const checkpoints: string[] = [];
    for (const each of named) checkpoints.push((await roots.checkpoint(each)).folder);
    const record = path === undefined ? undefined : await roots.free(path, 'comparison');
    if (record !== undefined) await roots.free(comparisonPaths(record).arrays, "comparison's arrays");
    return startedJob({ kind: 'comparison', title: 'Compare checkpoints', wait }, context, async (running) => {
      const made = await compareCheckpoints({ checkpoints, pairs, record, overwrite: false }, running);
      return {
        ...comparisonSummary(made.record, made.path),
        most_changed: tensorsPage(made.record, 0, 0, tensorRoom).rows,
      };
    });
  },
});
