import { realpath } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { InputError } from '../errors.ts';
import { readFault } from '../files/reading/fileFault.ts';
import { shown, shownShape } from '../files/reading/shown.ts';
import { embeddingName, headName } from './architecture/tensorNames.ts';
import { isBesideText } from './architecture/textPart.ts';
import { byteRange } from './byteRange.ts';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';
import { modelDifferences, runtimeDifferences } from './configDifferences.ts';
import { equalBytes } from './equalBytes.ts';
import { listed } from './listed.ts';
import { isBuffer } from './tensorCheck.ts';
import { type VocabularyCompletion, vocabularyCompletion } from './vocabulary/completion.ts';
import { effectiveTensor, hasVocabularyRows } from './vocabulary/vocabularyTensors.ts';

/*
 * Checks that a base and an SFT checkpoint belong together, and finds for each SFT tensor its counterpart in the base.
 */

/** A base checkpoint and an SFT checkpoint trained from it, checked to be fusable tensor by tensor. */
export interface CheckpointPair {
  readonly base: Checkpoint;
  readonly sft: Checkpoint;
  /** Sentences on what differs and does not keep them from being fused. */
  readonly notes: readonly string[];
  /** How the base's embedding and head are completed; undefined where nothing needs to be. */
  readonly completion: VocabularyCompletion | undefined;
  /**
   * The base's counterpart of an SFT tensor; its dtype may be another. It has the same shape, but for embedding, head and head
   * bias, whose first axes are {@link completion}'s. For a head that only the SFT side stores it is the base's embedding, to
   * which its head is tied. Undefined for a stored buffer, which is written as the SFT has it.
   */
  baseEntry(name: string): TensorEntry | undefined;
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw readFault(error, path);
  }
}

async function refuseSame(base: Checkpoint, sft: Checkpoint): Promise<void> {
  if ((await real(base.folder)) === (await real(sft.folder))) {
    throw new InputError(`Base and SFT are the same folder "${base.folder}"; give two checkpoints.`);
  }
  const files = ({ shards }: Checkpoint) => shards.map(({ path }) => path).sort();
  if (isDeepStrictEqual(files(base), files(sft))) {
    throw new InputError(
      `Base "${base.folder}" and SFT "${sft.folder}" are links to the same weights; give two checkpoints.`,
    );
  }
}

function checkArchitectures(base: Checkpoint, sft: Checkpoint): void {
  const found = modelDifferences(base, sft);
  if (found.length === 0) return;
  throw new InputError(
    `Base "${base.folder}" and SFT "${sft.folder}" differ in ${listed(found)}; the SFT checkpoint must come from this base.`,
  );
}

function notesOn(base: Checkpoint, sft: Checkpoint): string[] {
  const notes = [base, sft].flatMap(({ folder, prefix }) =>
    prefix === '' ? [] : [`The names of the tensors in "${folder}" begin with "${prefix}", which is read over.`],
  );
  if (sft.prefix !== '') notes.push(`A committed checkpoint keeps "${sft.prefix}".`);
  const beside = [...sft.tensors.keys()].filter(isBesideText).length;
  if (sft.architecture.textOf !== undefined && beside > 0) {
    notes.push(
      `"${sft.folder}" is more than a text model: its text part is measured and reset; its ${beside} other tensors are fused and never reset.`,
    );
  }
  const found = runtimeDifferences(base, sft);
  if (found.length === 0) return notes;
  return [
    ...notes,
    `Base and SFT differ in ${listed(found)}: each is measured with its own, and a committed checkpoint gets the SFT's config.json.`,
  ];
}

function checkSftTensors(base: Checkpoint, sft: Checkpoint): void {
  for (const { name, shape } of sft.tensors.values()) {
    const entry = effectiveTensor(base, name);
    if (isBuffer(name)) continue;
    if (entry === undefined) {
      throw new InputError(
        `Tensor ${shown(name)} is in the SFT checkpoint "${sft.folder}" but not in the base "${base.folder}".`,
      );
    }
    const sizes = (all: readonly number[]) => (hasVocabularyRows(name) ? all.slice(1) : all);
    if (!isDeepStrictEqual(sizes(entry.shape), sizes(shape))) {
      throw new InputError(
        `Tensor ${shown(name)} has the shape ${shownShape(entry.shape)} in the base "${base.folder}" but ` +
          `${shownShape(shape)} in the SFT checkpoint "${sft.folder}".`,
      );
    }
  }
}

async function checkBaseTensors(base: Checkpoint, sft: Checkpoint): Promise<void> {
  for (const entry of base.tensors.values()) {
    if (sft.tensors.has(entry.name) || isBuffer(entry.name)) continue;
    if (entry.name !== headName || !sft.architecture.tiedEmbeddings) {
      throw new InputError(
        `Tensor ${shown(entry.name)} is in the base "${base.folder}" but not in the SFT checkpoint "${sft.folder}".`,
      );
    }
    // A base that stores its head untied may still hold the embeddings there.
    const embedding = base.tensors.get(embeddingName)!;
    const tied =
      base.architecture.tiedEmbeddings || (await equalBytes(byteRange(base, entry), byteRange(base, embedding)));
    if (!tied) {
      throw new InputError(
        `The base "${base.folder}" has a head of its own ("${headName}"), but the SFT checkpoint "${sft.folder}" ties it to the ` +
          'embeddings; the SFT checkpoint must come from this base.',
      );
    }
  }
}

function vocabularyNotes({ baseRows, sftRows }: VocabularyCompletion): string[] {
  const rows = (from: number, to: number) =>
    to - from === 1 ? `row ${from} of embedding and head` : `rows ${from} to ${to - 1} of embedding and head`;
  if (sftRows > baseRows) return [`The base lacks ${rows(baseRows, sftRows)}: it is completed with the SFT's.`];
  if (baseRows > sftRows) return [`Only the base has ${rows(sftRows, baseRows)}: they are left out.`];
  return [];
}

/**
 * Checks that base and SFT can be fused and compared: two folders, the same architecture, the same tensors in name and
 * shape, of any dtypes. A head that one side stores and the other ties to the embeddings counts as the same tensor. The
 * vocabulary may be of another size: the base is completed.
 *
 * @throws InputError naming the field or tensor that differs
 */
export async function checkPair(base: Checkpoint, sft: Checkpoint): Promise<CheckpointPair> {
  await refuseSame(base, sft);
  checkArchitectures(base, sft);
  checkSftTensors(base, sft);
  await checkBaseTensors(base, sft);
  const completion = vocabularyCompletion(base.architecture.vocabSize, sft.architecture.vocabSize, []);
  return {
    base,
    sft,
    notes: [...notesOn(base, sft), ...(completion === undefined ? [] : vocabularyNotes(completion))],
    completion,
    baseEntry(name) {
      return isBuffer(name) ? undefined : effectiveTensor(base, name);
    },
  };
}

/** The pair with rows of embedding and head that stay the SFT's. @param ids of the rows, ascending */
export function keepingRows(pair: CheckpointPair, ids: readonly number[]): CheckpointPair {
  const [baseRows, sftRows] = [pair.base.architecture.vocabSize, pair.sft.architecture.vocabSize];
  return { ...pair, completion: vocabularyCompletion(baseRows, sftRows, ids) };
}
