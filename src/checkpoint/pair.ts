import { realpath } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { InputError } from '../errors.ts';
import { readFault } from '../files/reading/fileFault.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { shown, shownShape } from '../files/reading/shown.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import { embeddingName, headName } from './architecture/tensorNames.ts';
import { byteRange } from './byteRange.ts';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';
import { listed, modelDifferences, runtimeDifferences } from './configDifferences.ts';
import { equalBytes } from './equalBytes.ts';
import { isBuffer } from './tensorCheck.ts';
import { requiredTokenizer } from './tokenizer/requiredTokenizer.ts';
import { checkTokenizers } from './tokenizerCheck.ts';

/*
 * Checks that a base and an SFT checkpoint belong together, and finds for each SFT tensor its counterpart in the base.
 */

/** A base checkpoint and an SFT checkpoint trained from it, checked to be fusable tensor by tensor. */
export interface CheckpointPair {
  readonly base: Checkpoint;
  readonly sft: Checkpoint;
  /** Sentences on what differs and does not keep them from being fused. */
  readonly notes: readonly string[];
  /**
   * The base's counterpart of an SFT tensor, of the same shape; its dtype may be another. For a head that only the SFT side stores it
   * is the base's embedding, to which its head is tied. Undefined for a stored buffer, which is written as the SFT has it.
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
  const found = runtimeDifferences(base, sft);
  if (found.length === 0) return notes;
  return [
    ...notes,
    `Base and SFT differ in ${listed(found)}: each is measured with its own, and a committed checkpoint gets the SFT's config.json.`,
  ];
}

/** The base tensor to fuse with an SFT tensor. */
function counterpart(base: Checkpoint, name: string): TensorEntry | undefined {
  const entry = base.tensors.get(name);
  if (entry !== undefined || name !== headName || !base.architecture.tiedEmbeddings) return entry;
  return base.tensors.get(embeddingName);
}

function checkSftTensors(base: Checkpoint, sft: Checkpoint): void {
  for (const { name, shape } of sft.tensors.values()) {
    const entry = counterpart(base, name);
    if (isBuffer(name)) continue;
    if (entry === undefined) {
      throw new InputError(
        `Tensor ${shown(name)} is in the SFT checkpoint "${sft.folder}" but not in the base "${base.folder}".`,
      );
    }
    if (!isDeepStrictEqual(entry.shape, shape)) {
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

/**
 * Checks that base and SFT can be fused and compared: two folders, the same architecture, the same tensors in name and
 * shape, of any dtypes, tokenizers that give the same ids. A head that one side stores and the other ties to the
 * embeddings counts as the same tensor.
 *
 * @throws InputError naming the field, tensor or part of the tokenizer that differs
 */
export async function checkPair(base: Checkpoint, sft: Checkpoint): Promise<CheckpointPair> {
  await refuseSame(base, sft);
  checkArchitectures(base, sft);
  checkSftTensors(base, sft);
  await checkBaseTensors(base, sft);
  const tokenizer = async (checkpoint: Checkpoint) => {
    const path = requiredTokenizer(checkpoint);
    return { path, text: await readTextFile(path, inputKinds.tokenizer) };
  };
  checkTokenizers(await tokenizer(base), await tokenizer(sft));
  return {
    base,
    sft,
    notes: notesOn(base, sft),
    baseEntry(name) {
      return isBuffer(name) ? undefined : counterpart(base, name);
    },
  };
}
