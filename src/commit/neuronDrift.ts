import { setImmediate } from 'node:timers/promises';
import { placedElsewhere } from '../checkpoint/architecture/projectionPlace.ts';
import type { TensorEntry } from '../checkpoint/checkpoint.ts';
import type { CheckpointPair } from '../checkpoint/pair.ts';
import { dtypeBytes, isWeightDtype, type WeightDtype } from '../checkpoint/safetensors/dtype.ts';
import { widenFloats } from '../checkpoint/safetensors/floats.ts';
import { OpenShards } from '../checkpoint/shards/openShards.ts';
import { Interrupted } from '../errors.ts';
import type { InputFile } from '../files/reading/inputFile.ts';
import { chunksOf } from './chunks.ts';

/* How far each neuron of a projection moved from the base to the SFT checkpoint. */

/** Elements read of either side at a time. */
const chunkElements = 1 << 18;

/** One side of a tensor, read piece by piece into memory of its own. */
class Side {
  readonly #entry: TensorEntry;
  readonly #file: InputFile;
  readonly #bytes = Buffer.alloc(4 * chunkElements);
  readonly #floats = new Float32Array(chunkElements);

  constructor(entry: TensorEntry, file: InputFile) {
    this.#entry = entry;
    this.#file = file;
  }

  /** Elements from `begin` on, as float32: valid until the next are read. */
  read(begin: number, count: number): Float32Array {
    const dtype = this.#entry.dtype as WeightDtype;
    const size = dtypeBytes[dtype];
    const bytes = this.#bytes.subarray(0, count * size);
    this.#file.read(bytes, this.#entry.begin + begin * size);
    widenFloats(bytes, dtype, this.#floats);
    return this.#floats;
  }
}

/** Adds the squared change of each row from `first` on, or of each column, to `sums`. */
async function addTensor(
  pair: CheckpointPair,
  name: string,
  axis: 'row' | 'column',
  first: number,
  sums: Float64Array,
  files: OpenShards,
  signal: AbortSignal,
): Promise<void> {
  const [sft, base] = [pair.sft.tensors.get(name), pair.baseEntry(name)];
  if (sft === undefined || base === undefined || !isWeightDtype(sft.dtype) || !isWeightDtype(base.dtype)) return;
  const after = new Side(sft, files.open(pair.sft, sft.shard));
  const before = new Side(base, files.open(pair.base, base.shard));
  const columns = sft.shape.slice(1);
  const row = columns.reduce((product, size) => product * size, 1);
  const shape = axis === 'row' ? [sums.length, ...columns] : sft.shape;
  for (const { begin, count, column } of chunksOf(shape, chunkElements)) {
    const place = first * row + begin;
    const [to, from] = [after.read(place, count), before.read(place, count)];
    let at = axis === 'row' ? (begin - column) / row : column;
    for (let i = 0, inRow = column; i < count; i++) {
      const change = to[i]! - from[i]!;
      sums[at]! += change * change;
      if (++inRow === row) inRow = 0;
      if (axis === 'column') at = inRow;
      else if (inRow === 0) at++;
    }
    await setImmediate();
    if (signal.aborted) throw new Interrupted('Stopped while the drift of neurons was measured.');
  }
}

/**
 * The L2 norm of each neuron's change from base to SFT: of an output row, its bias entry included, or of an input column.
 *
 * @param projection `model.layers.0.self_attn.q_proj`
 * @returns `[width]`
 * @throws InputError when a file cannot be read; ChangedInput when it is not what was opened; Interrupted on abort
 */
export async function neuronDrift(
  pair: CheckpointPair,
  projection: string,
  { axis, width }: { readonly axis: 'row' | 'column'; readonly width: number },
  signal: AbortSignal,
): Promise<Float64Array> {
  const sums = new Float64Array(width);
  const files = new OpenShards();
  try {
    const whole = { place: { module: projection, first: 0 }, from: 0, width };
    for (const { place, from, width } of placedElsewhere(pair.sft.architecture).get(projection) ?? [whole]) {
      const { module, first } = place;
      const own = sums.subarray(from, from + width);
      await addTensor(pair, `${module}.weight`, axis, first, own, files, signal);
      if (axis === 'row') await addTensor(pair, `${module}.bias`, axis, first, own, files, signal);
    }
    files.checkUnchanged();
  } finally {
    files.close();
  }
  return sums.map(Math.sqrt);
}
