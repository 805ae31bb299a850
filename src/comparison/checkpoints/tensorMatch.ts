import { isDeepStrictEqual } from 'node:util';
import { embeddingName, headName } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint, TensorEntry } from '../../checkpoint/checkpoint.ts';
import { isWeightDtype, type WeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { isBuffer } from '../../checkpoint/tensorCheck.ts';
import { InputError } from '../../errors.ts';
import { shown, shownShape } from '../../files/reading/shown.ts';
import { matrixShape } from '../../record/comparison/matrixShape.ts';

/* Finds each tensor in every checkpoint that is compared. */

/** Where one checkpoint keeps a tensor. */
export interface TensorPlace {
  readonly dtype: WeightDtype;
  /** Index into the checkpoint's shards. */
  readonly shard: number;
  /** Position of the first byte in the shard's file. */
  readonly begin: number;
}

/** A tensor that several checkpoints have, seen as a matrix: the first axis makes up the rows, a vector is one row. */
export interface MatchedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** One a checkpoint, in their order. */
  readonly places: readonly TensorPlace[];
}

/** A checkpoint's tensor of a name; for a head that it ties to the embeddings and does not store, the embeddings. */
export function effectiveTensor({ tensors, architecture }: Checkpoint, name: string): TensorEntry | undefined {
  const entry = tensors.get(name);
  if (entry !== undefined || name !== headName || !architecture.tiedEmbeddings) return entry;
  return tensors.get(embeddingName);
}

/** @throws InputError for a tensor that is missing, of another shape than the first checkpoint's, or no float */
function place(first: Checkpoint, shape: readonly number[], checkpoint: Checkpoint, name: string): TensorPlace {
  const entry = effectiveTensor(checkpoint, name);
  if (entry === undefined) {
    throw new InputError(
      `Tensor ${shown(name)} is in "${first.folder}" but not in "${checkpoint.folder}"; give checkpoints of one model.`,
    );
  }
  const { dtype, shard, begin } = entry;
  if (!isDeepStrictEqual(entry.shape, shape)) {
    throw new InputError(
      `Tensor ${shown(name)} has the shape ${shownShape(shape)} in "${first.folder}" but ` +
        `${shownShape(entry.shape)} in "${checkpoint.folder}"; give checkpoints of one model.`,
    );
  }
  if (!isWeightDtype(dtype)) {
    throw new InputError(
      `Tensor ${shown(name)} has the dtype ${dtype} in "${checkpoint.folder}"; weights must be BF16, F16 or F32.`,
    );
  }
  return { dtype, shard, begin };
}

/**
 * The weights that checkpoints have in common, which must be all, in the first one's order; a head that only others
 * store comes last. Dtypes may differ. A head that one stores and another ties to its embeddings is compared with
 * these.
 *
 * @throws InputError naming the tensor that is missing, of another shape or no float
 */
export function matchTensors(checkpoints: readonly Checkpoint[]): readonly MatchedTensor[] {
  const owners = new Map<string, Checkpoint>();
  for (const checkpoint of checkpoints) {
    for (const name of checkpoint.tensors.keys()) {
      if (!owners.has(name) && !isBuffer(name)) owners.set(name, checkpoint);
    }
  }
  return [...owners].map(([name, owner]) => {
    const { shape } = owner.tensors.get(name)!;
    const places = checkpoints.map((checkpoint) => place(owner, shape, checkpoint, name));
    return { name, shape, ...matrixShape(shape), places };
  });
}
