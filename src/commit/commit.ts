import { InputError, Interrupted } from '../errors.ts';
import { StagingFolder } from '../files/writing/stagingFolder.ts';
import { CheckpointWriter } from './checkpointWriter.ts';
import type { CommitOptions, CommittedFile } from './commitOptions.ts';
import { type OutputShard, outputShards } from './outputShards.ts';
import { checkTarget } from './target.ts';

/**
 * Writes the rejuvenated checkpoint in one streaming pass: every tensor fused (eq. 1) and its selected rows or columns
 * reset to the base (eq. 5), in the SFT checkpoint's files, order, dtypes and metadata, header bytes included, unless all
 * weights are to be written in one dtype: then headers, the index's size and config.json say so. Memory is bounded by the kernel's, whatever the model. The folder is staged beside the target, fsynced, read back and
 * compared, and only then takes the target's name: after a kill at any point the target is absent, old or complete.
 *
 * @returns every file written
 * @throws InputError when inputs cannot be read or the output cannot be written; nothing is left then
 * @throws Interrupted on abort; nothing is left then
 * @throws RunError when an input changed meanwhile, or what is read back is not what was written; nothing is left then
 */
export async function commitCheckpoint(options: CommitOptions): Promise<readonly CommittedFile[]> {
  const { alpha, dtype, out, overwrite, pair, signal } = options;
  if (!(alpha >= 0 && alpha <= 1)) throw new InputError(`alpha is ${alpha}, but must lie between 0 and 1.`);
  await checkTarget(out, pair, overwrite);
  const shards = await outputShards(pair.sft, dtype);
  const weightBytes = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const staging = await StagingFolder.create(out, overwrite, options.parts === undefined ? weightBytes : 0);
  try {
    const files = await writtenFiles(options, shards, staging);
    if (signal?.aborted) throw new Interrupted('Stopped; nothing was written.');
    // Hours may have passed.
    await checkTarget(out, pair, overwrite);
    await staging.publish();
    return files;
  } catch (error) {
    await staging.discard();
    throw error;
  }
}

async function writtenFiles(
  options: CommitOptions,
  shards: readonly OutputShard[],
  staging: StagingFolder,
): Promise<readonly CommittedFile[]> {
  const writer = await CheckpointWriter.open(options, shards, staging);
  try {
    const files = await writer.write();
    if (options.hashing ?? true) await writer.check();
    return files;
  } finally {
    await writer.close();
  }
}
