import { z } from 'zod';
import { openAdapter } from '../../checkpoint/adapter/openAdapter.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError } from '../../errors.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { parameterCount } from '../../record/run/resetReport.ts';
import { checkBase } from '../../run/files/sftFolder.ts';
import { renamedRowsChoices } from '../../settings/renamedRows.ts';
import { defineTool } from '../agentTool.ts';
import { text } from '../pages.ts';
import type { Roots } from '../roots.ts';
import { pathArgument } from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `inspect_pair`: what a base and an SFT checkpoint are, and whether they belong together. */

const mostNotes = 20;

function described({ folder, architecture, tensors, shards, tokenizerPath }: Checkpoint, parameters: number) {
  const { family, layers, hiddenSize, heads, keyValueHeads, intermediateSize, vocabSize, maxPositions } = architecture;
  const dtypes: Record<string, number> = {};
  for (const { dtype } of tensors.values()) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  return {
    kind: 'checkpoint',
    folder,
    ...{ family, layers, hidden_size: hiddenSize, heads, key_value_heads: keyValueHeads },
    ...{ intermediate_size: intermediateSize, vocab_size: vocabSize, max_positions: maxPositions },
    ...(architecture.experts !== undefined && {
      experts: architecture.experts.count,
      experts_per_token: architecture.experts.perToken,
    }),
    tied_head: architecture.tiedEmbeddings,
    tensors_by_dtype: dtypes,
    parameters,
    neurons: neuronLayout(architecture).total,
    bytes: shards.reduce((sum, { byteLength }) => sum + byteLength, 0),
    weight_files: shards.length,
    tokenizer: tokenizerPath !== undefined,
  };
}

/** What one of the two is; undefined where it cannot be used, which `problems` then says. */
async function inspected(roots: Roots, path: string, which: string, problems: string[]) {
  // What is outside is refused, and no problem of a checkpoint.
  await roots.inside(path);
  try {
    const { folder, kind } = await roots.checkpoint(path);
    if (kind === 'checkpoint') {
      const checkpoint = await openCheckpoint(folder);
      return { folder, document: described(checkpoint, parameterCount(checkpoint)) };
    }
    await openAdapter(folder);
    return { folder, document: { kind: 'LoRA adapter', folder } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(`${which}: ${error.message}`);
    return undefined;
  }
}

export const inspectPair = defineTool({
  name: 'inspect_pair',
  title: 'Inspect base and SFT',
  description:
    'Look at a base checkpoint and the SFT checkpoint (or LoRA adapter) trained from it: architecture, sizes, tied head, dtypes, ' +
    'and every problem that keeps them from being fused. Headers only: takes seconds. Call it before start_run.',
  effect: 'reads',
  input: z.strictObject({
    base: pathArgument('Folder of the base checkpoint'),
    sft: pathArgument('Folder of the SFT checkpoint or LoRA adapter'),
    renamed_rows: z
      .enum(renamedRowsChoices)
      .default('keep')
      .describe('What becomes of embedding rows whose token was renamed'),
  }),
  async run({ base, sft, renamed_rows: renamedRows }, { roots }): Promise<ToolDocument> {
    const problems: string[] = [];
    const [first, second] = [
      await inspected(roots, base, 'base', problems),
      await inspected(roots, sft, 'SFT', problems),
    ];
    let notes: readonly string[] = [];
    if (first !== undefined && second !== undefined) {
      try {
        if (first.document.kind !== 'checkpoint') {
          throw new InputError('The base is an adapter: name the checkpoint that it was trained from.');
        }
        notes = await checkBase(first.folder, second.folder, renamedRows);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(error.message);
      }
    }
    return {
      usable: problems.length === 0,
      problems,
      base: first?.document ?? null,
      sft: second?.document ?? null,
      notes: notes.slice(0, mostNotes).map(text),
    };
  },
});
