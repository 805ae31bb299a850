import type { MergedTensor, MergePlan } from '../checkpoint/adapter/mergePlan.ts';
import { embeddingName, headName } from '../checkpoint/architecture/tensorNames.ts';
import { type Checkpoint, storedName, storedSpecs } from '../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../checkpoint/safetensors/dtype.ts';
import { newHeader } from '../commit/outputShards.ts';

/* Lays a merged checkpoint out in files as its base is laid out: the same shards, names, order and metadata. */

/** One file of a merged checkpoint. */
export interface MergedShard {
  readonly name: string;
  /** Its tensors in the file's order. */
  readonly tensors: readonly MergedTensor[];
  /** The header to write; undefined where every tensor has the base's place, so that the base's own is copied. */
  readonly header: Uint8Array | undefined;
  readonly byteLength: number;
}

/**
 * The files of the merged checkpoint, in the order of the base's shards.
 *
 * @throws InputError, ChangedInput when a header of the base cannot be read again
 */
export async function mergedShards(base: Checkpoint, plan: MergePlan): Promise<MergedShard[]> {
  const shards: MergedShard[] = [];
  for (const [index, source] of base.shards.entries()) {
    const { name, byteLength } = source;
    const own = [...base.tensors.values()].filter(({ shard }) => shard === index);
    const names = own.map((entry) => entry.name);
    // A head that came to be of its own goes where its matrix was.
    if (names.includes(embeddingName) && plan.tensors.has(headName) && !base.tensors.has(headName))
      names.push(headName);
    const tensors = names.map((each) => plan.tensors.get(each)!);
    const same =
      names.length === own.length &&
      own.every(({ shape }, i) => shape.every((size, axis) => size === tensors[i]!.shape[axis]));
    if (same) {
      shards.push({ name, tensors, header: undefined, byteLength });
      continue;
    }
    const { bytes, fileBytes } = await newHeader(
      source,
      storedSpecs(
        base,
        tensors.map((tensor) => [base.tensors.get(tensor.name) ?? { name: tensor.name }, tensor] as const),
      ),
    );
    shards.push({ name, tensors, header: bytes, byteLength: fileBytes });
  }
  return shards;
}

/** The index of the merged checkpoint, as transformers writes it. */
export function mergedIndex(base: Checkpoint, shards: readonly MergedShard[]): string {
  const map = shards.flatMap(({ name, tensors }) => tensors.map((each) => [nameIn(base, each.name), name] as const));
  const size = shards.reduce((sum, shard) => sum + dataBytes(shard), 0);
  const sorted = map.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ metadata: { total_size: size }, weight_map: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** What the base's files call a tensor. */
function nameIn(base: Checkpoint, name: string): string {
  return storedName(base, base.tensors.get(name) ?? { name });
}

function dataBytes({ tensors }: MergedShard): number {
  return tensors.reduce(
    (sum, { shape, dtype }) => sum + shape.reduce((product, size) => product * size, dtypeBytes[dtype]),
    0,
  );
}
