import type { Checkpoint } from '../../../../src/checkpoint/checkpoint.ts';
import type { TensorSpec } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { blockElements } from '../../../../src/comparison/weights/blocks/block.ts';
import { type DiffOptions, differTensors } from '../../../../src/comparison/weights/differTensors.ts';
import type { TensorDifference } from '../../../../src/record/comparison/tensors/tensorDifference.ts';

export const onePair = [{ reference: 0, checkpoint: 1 }];

export const largeRows = Math.ceil((1.3 * blockElements) / 1500);

/** Tensors that several threads share: one of them is of several blocks. */
export const severalBlocks: readonly TensorSpec[] = [
  { name: 'small', dtype: 'F32', shape: [7] },
  { name: 'large', dtype: 'BF16', shape: [largeRows, 1500] },
  { name: 'last', dtype: 'F16', shape: [300, 20] },
];

/** The differences of pairs in the order in which they are told, each with its pair's number. */
export async function differencesOf(
  checkpoints: readonly Checkpoint[],
  pairs: readonly { reference: number; checkpoint: number }[] = onePair,
  options: Partial<DiffOptions> = {},
): Promise<[number, TensorDifference][]> {
  const found: [number, TensorDifference][] = [];
  await differTensors(checkpoints, pairs, {
    onDifference: (pair, difference) => found.push([pair, difference]),
    ...options,
  });
  return found;
}
