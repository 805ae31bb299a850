import { type Checkpoint, type Shard, storedSpecs, type TensorEntry } from '../checkpoint/checkpoint.ts';
import { type Dtype, dtypeBytes, isWeightDtype, type WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { readSafetensorsHeader } from '../checkpoint/safetensors/safetensorsFile.ts';
import {
  type EncodedHeader,
  encodeSafetensorsHeader,
  type TensorSpec,
} from '../checkpoint/safetensors/safetensorsWriter.ts';
import { isBuffer } from '../checkpoint/tensorCheck.ts';
import { ChangedInput, isSame } from '../files/reading/fileIdentity.ts';

/* What a commit writes into each weight file: the SFT checkpoint's tensors in its order, in its dtypes or in one for all. */

/** A tensor to be written. */
export interface OutputTensor {
  /** As the SFT checkpoint has it. */
  readonly entry: TensorEntry;
  readonly dtype: Dtype;
}

/** A weight file to be written. */
export interface OutputShard {
  /** The SFT checkpoint's, and its index there. */
  readonly source: Shard;
  readonly index: number;
  /** The first bytes; undefined: the source's very own, names, order, padding and metadata included. */
  readonly header: Uint8Array | undefined;
  readonly tensors: readonly OutputTensor[];
  readonly byteLength: number;
}

/** Buffers stay as they are: no reader takes them for weights, and rotary frequencies need their digits. */
function outputTensor(entry: TensorEntry, dtype: WeightDtype | undefined): OutputTensor {
  const kept = dtype === undefined || !isWeightDtype(entry.dtype) || isBuffer(entry.name);
  return { entry, dtype: kept ? entry.dtype : dtype };
}

/** Bytes of a tensor as it will be written. */
export function outputBytes({ entry, dtype }: OutputTensor): number {
  return (entry.byteLength / dtypeBytes[entry.dtype]) * dtypeBytes[dtype];
}

/**
 * The header of a weight file that is written anew, with the metadata of the one that it is made from.
 *
 * @param tensors in the file's order, by their names there
 * @throws InputError when the source cannot be read; ChangedInput when it is not the one whose header was read
 */
export async function newHeader(
  { path, identity: opened }: Shard,
  tensors: readonly TensorSpec[],
): Promise<EncodedHeader> {
  const { metadata, identity } = await readSafetensorsHeader(path);
  if (!isSame(identity, opened)) throw new ChangedInput(path, 'after its header was read');
  return encodeSafetensorsHeader(tensors, metadata);
}

/**
 * Plans the weight files of a commit.
 *
 * @param dtype of all weights; undefined: each as the SFT checkpoint has it
 * @throws InputError when a file cannot be read; ChangedInput when it is not the one whose header was read
 */
export async function outputShards(
  { shards, tensors, prefix }: Pick<Checkpoint, 'shards' | 'tensors' | 'prefix'>,
  dtype: WeightDtype | undefined,
): Promise<OutputShard[]> {
  const planned: OutputShard[] = [];
  for (const [index, source] of shards.entries()) {
    const own = [...tensors.values()].filter(({ shard }) => shard === index).map((entry) => outputTensor(entry, dtype));
    const changed = own.some((tensor) => tensor.dtype !== tensor.entry.dtype);
    const specs = storedSpecs(
      { prefix },
      own.map(({ entry, dtype }) => [entry, { dtype, shape: entry.shape }] as const),
    );
    const made = changed ? await newHeader(source, specs) : undefined;
    const byteLength = made?.fileBytes ?? source.byteLength;
    planned.push({ source, index, header: made?.bytes, tensors: own, byteLength });
  }
  return planned;
}
