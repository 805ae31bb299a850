import { join } from 'node:path';
import { planMerge } from '../../checkpoint/adapter/mergePlan.ts';
import { isAdapterFolder, openAdapter } from '../../checkpoint/adapter/openAdapter.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { usableLength } from '../../checkpoint/sequenceLength.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import { InputError } from '../../errors.ts';
import type { RenamedRows } from '../../settings/renamedRows.ts';
import { openPair } from '../attribution/openPair.ts';

/* Checks a folder that is chosen as the SFT checkpoint, which may hold a LoRA adapter; nothing is merged for that. */

/** What else there is to do without a tokenizer. */
const orAnother = ', or name another with --tokenizer FILE';

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
 * @param base what the SFT checkpoint was trained from; undefined where that is not known, which only an adapter needs
 * @param tokenizer a `tokenizer.json` to use in place of the SFT's
 * @throws InputError as {@link checkBase}, or when an adapter has no base
 */
export async function sftTokenizer(
  sft: string,
  base?: string,
  tokenizer?: string,
): Promise<{
  readonly tokenizerPath: string;
  readonly templateFolders: readonly string[];
  readonly vocabSize: number;
  readonly maxPositions: number;
}> {
  const under = base === undefined ? undefined : await openCheckpoint(base);
  if (!(await isAdapterFolder(sft))) {
    const checkpoint = await openCheckpoint(sft);
    return {
      tokenizerPath: tokenizer ?? requiredTokenizer(checkpoint, orAnother),
      templateFolders: [checkpoint.folder],
      vocabSize: checkpoint.architecture.vocabSize,
      maxPositions: usableLength(under === undefined ? [checkpoint] : [under, checkpoint], Number.POSITIVE_INFINITY),
    };
  }
  const adapter = await openAdapter(sft);
  if (under === undefined) {
    throw new InputError(`"${adapter.folder}" is a LoRA adapter, which needs its base: name that with --base DIR.`);
  }
  const { vocabSize } = planMerge(adapter, under);
  const own = adapter.names.has('tokenizer.json') ? join(adapter.folder, 'tokenizer.json') : undefined;
  return {
    tokenizerPath: tokenizer ?? own ?? requiredTokenizer(under, orAnother),
    templateFolders: [adapter.folder, under.folder],
    vocabSize,
    maxPositions: under.architecture.maxPositions,
  };
}
