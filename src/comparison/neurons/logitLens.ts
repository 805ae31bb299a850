import { finalNormName, headName } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { dtypeBytes, isWeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { widenFloats } from '../../checkpoint/safetensors/floats.ts';
import { effectiveTensor } from '../../checkpoint/vocabulary/vocabularyTensors.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { ChangedInput, isSame } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { withInput } from '../../files/reading/readInput.ts';
import { normGamma } from './normGamma.ts';

/* The logit lens: which tokens a vector in the residual stream speaks for, by the output matrix itself. */

/** Elements of the output matrix that are held, and multiplied without a pause, at a time: 4 to 8 ms of work. */
const elementsAtATime = 2 ** 21;

/** `⟨row, vector⟩` of rows that lie one after the other. */
function products(rows: Float32Array, vector: Float32Array, into: Float32Array, first: number, count: number): void {
  const width = vector.length;
  const even = width - (width % 4);
  for (let row = 0; row < count; row++) {
    const at = row * width;
    // Four sums, so that one need not wait for the other.
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < even; i += 4) {
      a += rows[at + i]! * vector[i]!;
      b += rows[at + i + 1]! * vector[i + 1]!;
      c += rows[at + i + 2]! * vector[i + 2]!;
      d += rows[at + i + 3]! * vector[i + 3]!;
    }
    for (let i = even; i < width; i++) a += rows[at + i]! * vector[i]!;
    into[first + row] = a + b + (c + d);
  }
}

/**
 * What one unit of a vector adds to every token's logit, `W_U (γ ⊙ v)`, before the final norm's scale `1/RMS`, which is the
 * row's and the same for all tokens: a larger one makes all larger alike. Reads the output matrix in spans, holds one of
 * them at a time, and lets others run in between.
 *
 * @param vector as it is added to the residual stream, `[D]`
 * @returns `[V]`
 * @throws InputError when the files cannot be read; ChangedInput when they are not those that were opened
 * @throws Interrupted by the signal, within some milliseconds
 */
export async function logitLens(
  checkpoint: Checkpoint,
  vector: Float32Array,
  signal: AbortSignal,
): Promise<Float32Array> {
  const entry = effectiveTensor(checkpoint, headName);
  if (entry === undefined || !isWeightDtype(entry.dtype)) {
    throw new InputError(`"${checkpoint.folder}" has no output matrix of floats.`);
  }
  const gamma = await normGamma(checkpoint, finalNormName);
  const divisor = checkpoint.architecture.logitDivisor ?? 1;
  const weighted = vector.map((value, i) => (value * gamma[i]!) / divisor);
  const { dtype, shape, begin, shard } = entry;
  const [rows, width] = [shape[0]!, shape[1]!];
  const rowsAtATime = Math.max(1, Math.floor(elementsAtATime / width));
  const span = new Float32Array(rowsAtATime * width);
  const found = new Float32Array(rows);
  const { path, identity } = checkpoint.shards[shard]!;
  return withInput(path, inputKinds.weights, async (file, opened) => {
    if (!isSame(opened, identity)) throw new ChangedInput(path, 'after its header was read');
    for (let row = 0; row < rows; row += rowsAtATime) {
      if (signal.aborted) throw new Interrupted('Stopped.');
      const count = Math.min(rowsAtATime, rows - row);
      const length = count * width * dtypeBytes[dtype];
      const bytes = await readAt(file, begin + row * width * dtypeBytes[dtype], length);
      if (bytes.length < length) throw new ChangedInput(path, 'while it was read');
      widenFloats(bytes, dtype, span);
      products(span, weighted, found, row, count);
    }
    return found;
  });
}

/** Positions of the largest values, the largest first; ties to the lower position. @param sign -1 for the smallest */
export function extremes(values: Float32Array, count: number, sign: 1 | -1 = 1): Int32Array {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = sign * values[i]!;
    if (best.length === count && !(value > sign * values[best.at(-1)!]!)) continue;
    let at = best.length;
    while (at > 0 && value > sign * values[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return Int32Array.from(best);
}
