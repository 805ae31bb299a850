import { realpath } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { InputError } from '../errors.ts';
import { readFault } from '../files/reading/fileFault.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { shown, shownShape } from '../files/reading/shown.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import type { Architecture } from './architecture/architecture.ts';
import { embeddingName, headName } from './architecture/tensorNames.ts';
import { byteRange } from './byteRange.ts';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';
import { equalBytes } from './equalBytes.ts';
import { checkTokenizers } from './tokenizerCheck.ts';

/** A base checkpoint and an SFT checkpoint trained from it, checked to be fusable tensor by tensor. */
export interface CheckpointPair {
  readonly base: Checkpoint;
  readonly sft: Checkpoint;
  /**
   * The base's counterpart of an SFT tensor, of the same shape and dtype. For a head that only the SFT side stores it
   * is the base's embedding, to which its head is tied.
   */
  baseEntry(name: string): TensorEntry;
}

/** Fields of an architecture that checkpoints of one model share, as config.json names them. Lengths may differ: SFT often sets its own. */
export const sharedFields: readonly (readonly [keyof Architecture, string])[] = [
  ['family', '"model_type"'],
  ['layers', '"num_hidden_layers"'],
  ['hiddenSize', '"hidden_size"'],
  ['heads', '"num_attention_heads"'],
  ['keyValueHeads', '"num_key_value_heads"'],
  ['headDim', '"head_dim"'],
  ['intermediateSize', '"intermediate_size"'],
  ['vocabSize', '"vocab_size"'],
  ['rmsNormEps', '"rms_norm_eps"'],
  ['ropeTheta', '"rope_theta"'],
  ['ropeScaling', 'the scaling of rotary embeddings'],
  ['biases', 'the projections with a bias'],
];

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
  for (const [field, label] of sharedFields) {
    const [a, b] = [base.architecture[field], sft.architecture[field]];
    if (isDeepStrictEqual(a, b)) continue;
    const values = typeof a === 'object' ? '' : `: ${shown(a)} and ${shown(b)}`;
    throw new InputError(
      `Base "${base.folder}" and SFT "${sft.folder}" differ in ${label}${values}; the SFT checkpoint must come from this base.`,
    );
  }
}

/** The base tensor to fuse with an SFT tensor. */
function counterpart(base: Checkpoint, name: string): TensorEntry | undefined {
  const entry = base.tensors.get(name);
  if (entry !== undefined || name !== headName || !base.architecture.tiedEmbeddings) return entry;
  return base.tensors.get(embeddingName);
}

function checkSftTensors(base: Checkpoint, sft: Checkpoint): void {
  for (const { name, shape, dtype } of sft.tensors.values()) {
    const entry = counterpart(base, name);
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
    if (entry.dtype !== dtype) {
      throw new InputError(
        `Tensor ${shown(name)} is ${entry.dtype} in the base "${base.folder}" but ${dtype} in the SFT checkpoint ` +
          `"${sft.folder}"; convert one of them, so that both have the same dtypes.`,
      );
    }
  }
}

async function checkBaseTensors(base: Checkpoint, sft: Checkpoint): Promise<void> {
  for (const entry of base.tensors.values()) {
    if (sft.tensors.has(entry.name)) continue;
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
 * Checks that base and SFT can be fused and compared: two folders, the same architecture, the same tensors in name,
 * shape and dtype, tokenizers that give the same ids. A head that one side stores and the other ties to the
 * embeddings counts as the same tensor.
 *
 * @throws InputError naming the field, tensor or part of the tokenizer that differs
 */
export async function checkPair(base: Checkpoint, sft: Checkpoint): Promise<CheckpointPair> {
  await refuseSame(base, sft);
  checkArchitectures(base, sft);
  checkSftTensors(base, sft);
  await checkBaseTensors(base, sft);
  const tokenizer = async ({ tokenizerPath: path }: Checkpoint) => ({
    path,
    text: await readTextFile(path, inputKinds.tokenizer),
  });
  checkTokenizers(await tokenizer(base), await tokenizer(sft));
  return {
    base,
    sft,
    baseEntry(name) {
      const entry = counterpart(base, name);
      if (entry === undefined) throw new Error(`the base has no counterpart of tensor ${name}`);
      return entry;
    },
  };
}
