import { isDeepStrictEqual } from 'node:util';
import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { type CheckpointPair, sharedFields } from '../../checkpoint/pair.ts';
import { InputError } from '../../errors.ts';
import { fileSha256 } from '../../files/reading/fileSha256.ts';
import { shown } from '../../files/reading/shown.ts';
import { parameterCount } from '../../record/run/resetReport.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { describeCheckpoint, type InputFile } from '../files/provenance.ts';

/** Fields that base and SFT need not share, but the SFT checkpoint and its record do. */
const ownFields: readonly (readonly [keyof Architecture, string])[] = [
  ['maxPositions', '"max_position_embeddings"'],
  ['tiedEmbeddings', '"tie_word_embeddings"'],
  ['queryKeyNorm', 'the norms of queries and keys'],
  ['headBias', 'the bias of the output head'],
];

/** The record counts neurons of this model, and of no other. */
function checkModel(sft: Checkpoint, record: RunRecord): void {
  for (const [field, label] of [...sharedFields, ...ownFields]) {
    const [now, recorded] = [sft.architecture[field], record.architecture[field]];
    if (isDeepStrictEqual(now, recorded)) continue;
    const values = typeof now === 'object' ? '' : `: ${shown(now)} there, ${shown(recorded)} in the record`;
    throw new InputError(
      `"${sft.folder}" is not the model that the record describes; they differ in ${label}${values}. Attribute again.`,
    );
  }
  const parameters = parameterCount(sft);
  if (parameters !== record.parameters) {
    throw new InputError(
      `"${sft.folder}" is not the model that the record describes: it has ${parameters} parameters, ` +
        `${record.parameters} in the record. Attribute again.`,
    );
  }
}

/** What decides the result: a file of these that the record does not list could have been any other. */
function deciding({ name }: InputFile, { shards, indexName }: Checkpoint): boolean {
  return name === 'config.json' || name === indexName || shards.some((shard) => shard.name === name);
}

/** By size and time, and by hash where these differ. */
async function checkUnchanged(
  checkpoint: Checkpoint,
  recorded: RunRecord['inputs']['base'],
  signal: AbortSignal,
): Promise<void> {
  const { files } = await describeCheckpoint(checkpoint);
  const names = new Set(recorded.files.map(({ name }) => name));
  for (const file of files) {
    if (names.has(file.name) || !deciding(file, checkpoint)) continue;
    throw new InputError(`"${file.path}" is no file that the record was made from: attribute again.`);
  }
  for (const { name, bytes, modified, sha256 } of recorded.files) {
    const now = files.find((file) => file.name === name);
    if (now === undefined) {
      throw new InputError(`"${checkpoint.folder}" no longer holds ${shown(name)}, which the record was made from.`);
    }
    if (now.bytes === bytes && new Date(now.modifiedMs).toISOString() === modified) continue;
    if (now.bytes !== bytes || (await fileSha256(now.path, signal)) !== sha256) {
      throw new InputError(`"${now.path}" is not the file that the record was made from: attribute again.`);
    }
  }
}

/**
 * Checks that two opened checkpoints are what the record was made from: the model that it describes, and file by file.
 *
 * @throws InputError naming the field or the file that is another
 */
export async function checkRecorded(
  { base, sft }: CheckpointPair,
  record: RunRecord,
  signal: AbortSignal,
): Promise<void> {
  checkModel(sft, record);
  await checkUnchanged(base, record.inputs.base, signal);
  await checkUnchanged(sft, record.inputs.sft, signal);
}
