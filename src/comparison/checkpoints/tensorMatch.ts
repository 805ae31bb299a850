import { isDeepStrictEqual } from 'node:util';
import type { Checkpoint, TensorEntry } from '../../checkpoint/checkpoint.ts';
import { isWeightDtype, type WeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { isBuffer } from '../../checkpoint/tensorCheck.ts';
import { effectiveTensor, hasVocabularyRows } from '../../checkpoint/vocabulary/vocabularyTensors.ts';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { matrixShape } from '../../record/comparison/tensors/matrixShape.ts';

/* Finds each tensor in every checkpoint that is compared, and what of it all of them have. */

/** Where one checkpoint keeps a tensor. */
export interface TensorPlace {
  readonly dtype: WeightDtype;
  /** Index into the checkpoint's shards. */
  readonly shard: number;
  /** Position of the first byte in the shard's file. */
  readonly begin: number;
}

/**
 * A tensor that all checkpoints have, or its first rows where some have more, seen as a matrix: the first axis makes up the
 * rows, a vector is one row.
 */
export interface MatchedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** One a checkpoint, in their order. */
  readonly places: readonly TensorPlace[];
}

/** A tensor that not all checkpoints have in one shape. */
export interface UnmatchedTensor {
  readonly name: string;
  /** One a checkpoint, in their order; null where it has no such tensor. */
  readonly shapes: readonly (readonly number[] | null)[];
  /** Rows that all have, from the first on; undefined where nothing of it can be compared. */
  readonly rows: number | undefined;
}

/** What checkpoints share, and what they do not. */
export interface TensorMatch {
  /** In the first checkpoint's order; a head that only others store comes last. */
  readonly shared: readonly MatchedTensor[];
  readonly unshared: readonly UnmatchedTensor[];
}

/** The shape that all have, or of a tensor by token the rows that all have. */
function sharedShape(name: string, entries: readonly TensorEntry[]): readonly number[] | undefined {
  const [first, ...others] = entries.map(({ shape }) => shape);
  if (others.every((shape) => isDeepStrictEqual(shape, first))) return first;
  const rest = ([, ...sizes]: readonly number[]) => sizes;
  if (!hasVocabularyRows(name) || !others.every((shape) => isDeepStrictEqual(rest(shape), rest(first!))))
    return undefined;
  return [Math.min(...entries.map(({ shape }) => shape[0]!)), ...rest(first!)];
}

/** @throws InputError for a tensor that is no float */
function tensorPlace({ dtype, shard, begin }: TensorEntry, { folder }: Checkpoint, name: string): TensorPlace {
  if (isWeightDtype(dtype)) return { dtype, shard, begin };
  throw new InputError(
    `Tensor ${shown(name)} has the dtype ${dtype} in "${folder}"; weights must be BF16, F16 or F32.`,
  );
}

/**
 * The weights that checkpoints have in common, by name and shape; of embeddings and heads the rows that all have. Dtypes may
 * differ. A head that one stores and another ties to its embeddings is compared with these.
 *
 * @throws InputError naming a tensor that is no float
 */
export function matchTensors(checkpoints: readonly Checkpoint[]): TensorMatch {
  const names = new Set(checkpoints.flatMap(({ tensors }) => [...tensors.keys()]));
  const shared: MatchedTensor[] = [];
  const unshared: UnmatchedTensor[] = [];
  for (const name of names) {
    if (isBuffer(name)) continue;
    const entries = checkpoints.map((checkpoint) => effectiveTensor(checkpoint, name));
    const all = entries.filter((entry) => entry !== undefined);
    const shape = all.length === entries.length ? sharedShape(name, all) : undefined;
    if (shape === undefined || all.some((entry) => entry.shape[0] !== shape[0])) {
      unshared.push({ name, shapes: entries.map((entry) => entry?.shape ?? null), rows: shape?.[0] });
    }
    if (shape === undefined) continue;
    const places = all.map((entry, i) => tensorPlace(entry, checkpoints[i]!, name));
    shared.push({ name, shape, ...matrixShape(shape), places });
  }
  return { shared, unshared };
}
