import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { dtypeBytes, isWeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { decodeFloats } from '../../checkpoint/safetensors/floats.ts';
import { effectiveTensor } from '../../checkpoint/vocabulary/vocabularyTensors.ts';
import { InputError } from '../../errors.ts';
import { ChangedInput, isSame } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { withInput } from '../../files/reading/readInput.ts';
import { shown } from '../../files/reading/shown.ts';
import { matrixShape } from '../../record/comparison/tensors/matrixShape.ts';

/* Reads the elements of a small part of a tensor, to be looked at one by one, from its file. */

/** Rows `[rowStart, rowEnd)` and columns `[columnStart, columnEnd)`. */
export interface WindowBounds {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly columnStart: number;
  readonly columnEnd: number;
}

/** Most elements read at a time: 16 MB as float32. */
export const maxWindowElements = 2 ** 22;

/** Bytes between two rows' spans that are read along rather than asking again. */
const readAlong = 4096;

/** The bounds cut to a tensor. */
export function cutWindow(shape: readonly number[], bounds: WindowBounds): WindowBounds {
  const { rows, columns } = matrixShape(shape);
  const cut = (at: number, from: number, to: number) => Math.max(from, Math.min(to, Math.trunc(at) || 0));
  const rowStart = cut(bounds.rowStart, 0, rows);
  const columnStart = cut(bounds.columnStart, 0, columns);
  return {
    rowStart,
    rowEnd: cut(bounds.rowEnd, rowStart, rows),
    columnStart,
    columnEnd: cut(bounds.columnEnd, columnStart, columns),
  };
}

/**
 * Some elements of a tensor as float32, `[rows, columns]` of the window cut to the tensor (see {@link cutWindow}). Rows
 * are the first axis, columns all others; a vector is one row. A head that is tied and not stored is the embeddings.
 *
 * @throws InputError when there is no such tensor, or its file cannot be read
 * @throws ChangedInput when the file is not the one whose header was read
 * @throws RangeError for more than {@link maxWindowElements}
 */
export async function readTensorWindow(
  checkpoint: Checkpoint,
  name: string,
  bounds: WindowBounds,
): Promise<Float32Array> {
  const entry = effectiveTensor(checkpoint, name);
  if (entry === undefined || !isWeightDtype(entry.dtype)) {
    throw new InputError(`"${checkpoint.folder}" has no tensor ${shown(name)} of floats.`);
  }
  const { dtype, shape, begin } = entry;
  const { columns } = matrixShape(shape);
  const { rowStart, rowEnd, columnStart, columnEnd } = cutWindow(shape, bounds);
  const [height, width] = [rowEnd - rowStart, columnEnd - columnStart];
  if (height * width > maxWindowElements) {
    throw new RangeError(`${height} × ${width} elements are more than a window of ${maxWindowElements}`);
  }
  const values = new Float32Array(height * width);
  if (values.length === 0) return values;
  const { path, identity } = checkpoint.shards[entry.shard]!;
  const bytes = dtypeBytes[dtype];
  const gap = (columns - width) * bytes;
  // Rows that are read together: all the window's when what lies between them is little.
  const together = gap <= readAlong ? Math.max(1, Math.floor(maxWindowElements / columns)) : 1;
  return withInput(path, inputKinds.weights, async (file, opened) => {
    if (!isSame(opened, identity)) throw new ChangedInput(path, 'after its header was read');
    for (let row = 0; row < height; row += together) {
      const rows = Math.min(together, height - row);
      const position = begin + ((rowStart + row) * columns + columnStart) * bytes;
      const length = ((rows - 1) * columns + width) * bytes;
      const read = await readAt(file, position, length);
      if (read.length < length) throw new ChangedInput(path, 'while it was read');
      for (let i = 0; i < rows; i++) {
        const span = read.subarray(i * columns * bytes, (i * columns + width) * bytes);
        values.set(decodeFloats(span, dtype), (row + i) * width);
      }
    }
    return values;
  });
}
