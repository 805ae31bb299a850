import { isDeepStrictEqual } from 'node:util';
import { adapterConfigName } from '../../checkpoint/adapter/adapter.ts';
import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { type Checkpoint, sourcesOf } from '../../checkpoint/checkpoint.ts';
import { ownFields, sharedFields, vocabularyFields } from '../../checkpoint/configDifferences.ts';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { parameterCount } from '../../record/run/resetReport.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/* Holds two opened checkpoints against the record that is to be committed: its neurons are those of one model. */

/** Fields that base and SFT need not share, but the SFT checkpoint and its record do. */
const otherFields: readonly (readonly [keyof Architecture, string])[] = [
  ['tiedEmbeddings', '"tie_word_embeddings"'],
  ['queryKeyNorm', 'the norms of queries and keys'],
  ['headBias', 'the bias of the output head'],
];

/** The record counts neurons of this model, and of no other. */
function checkModel(sft: Checkpoint, record: RunRecord): void {
  for (const [field, label] of [...sharedFields, ...vocabularyFields, ...ownFields, ...otherFields]) {
    const [now, recorded] = [sft.architecture[field], record.architecture[field]];
    if (isDeepStrictEqual(now, recorded)) continue;
    // Records from before windows were computed do not say which layers have one.
    if (field === 'slidingLayers' && recorded === undefined) continue;
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

/** The base has the rows that the record says, or, where it says nothing, as many as the SFT checkpoint. */
function checkVocabulary(base: Checkpoint, { vocabulary, architecture }: RunRecord): void {
  const [now, recorded] = [base.architecture.vocabSize, vocabulary?.baseRows ?? architecture.vocabSize];
  if (now === recorded) return;
  throw new InputError(
    `"${base.folder}" is not the base that the record describes: it has ${now} tokens, ${recorded} in the record. Attribute again.`,
  );
}

/** What decides the result must be listed: a file that is not could have been any other. */
function checkListed(checkpoint: Checkpoint, recorded: RunRecord['inputs']['base']): void {
  const { files, weights } = sourcesOf(checkpoint);
  const listed = new Set(recorded.files.map(({ name }) => name));
  const deciding = new Set(['config.json', adapterConfigName, checkpoint.indexName, ...weights]);
  for (const { name, path } of files) {
    if (listed.has(name) || !deciding.has(name)) continue;
    throw new InputError(`"${path}" is no file that the record was made from: attribute again.`);
  }
}

/**
 * Checks that two opened checkpoints are of the model that the record describes, and have no shard that it does not list.
 *
 * @throws InputError naming the field or the file that is another
 */
export function checkRecordedModel({ base, sft }: CheckpointPair, record: RunRecord): void {
  checkModel(sft, record);
  checkVocabulary(base, record);
  checkListed(base, record.inputs.base);
  checkListed(sft, record.inputs.sft);
}
