import { join } from 'node:path';
import { planMerge } from '../../checkpoint/adapter/mergePlan.ts';
import { isAdapterFolder, openAdapter } from '../../checkpoint/adapter/openAdapter.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { usableLength } from '../../checkpoint/sequenceLength.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import { openPair } from '../../run/attribution/openPair.ts';
import type { RenamedRows } from '../../settings/renamedRows.ts';

/* Checks a folder that is chosen as the SFT checkpoint, which may hold a LoRA adapter; nothing is merged for that. */

/** @throws InputError when it is neither a checkpoint nor a LoRA adapter that can be read */
export async function checkSft(path: string): Promise<void> {
  if (await isAdapterFolder(path)) await openAdapter(path);
  else await openCheckpoint(path);
}

/**
 * @returns sentences on what differs between the two and does not keep them from being fused; none of an adapter
 * @throws InputError when it is no checkpoint, or not the base of the SFT checkpoint or adapter
 */
export async function checkBase(path: string, sft: string, renamedRows: RenamedRows): Promise<readonly string[]> {
  if (!(await isAdapterFolder(sft))) return (await openPair({ base: path, sft }, renamedRows)).notes;
  planMerge(await openAdapter(sft), await openCheckpoint(path));
  return [];
}

/**
 * The tokenizer that the SFT checkpoint is run with, where its chat template is looked for, how many tokens it has, and the
 * longest sample in tokens that both checkpoints were made for.
 *
 * @throws InputError as {@link checkBase}
 */
export async function sftTokenizer(
  sft: string,
  base: string,
): Promise<{
  readonly tokenizerPath: string;
  readonly templateFolders: readonly string[];
  readonly vocabSize: number;
  readonly maxPositions: number;
}> {
  const under = await openCheckpoint(base);
  if (!(await isAdapterFolder(sft))) {
    const checkpoint = await openCheckpoint(sft);
    return {
      tokenizerPath: requiredTokenizer(checkpoint),
      templateFolders: [checkpoint.folder],
      vocabSize: checkpoint.architecture.vocabSize,
      maxPositions: usableLength([under, checkpoint], Number.POSITIVE_INFINITY),
    };
  }
  const adapter = await openAdapter(sft);
  const { vocabSize } = planMerge(adapter, under);
  const own = adapter.names.has('tokenizer.json');
  return {
    tokenizerPath: own ? join(adapter.folder, 'tokenizer.json') : requiredTokenizer(under),
    templateFolders: [adapter.folder, under.folder],
    vocabSize,
    maxPositions: under.architecture.maxPositions,
  };
}
