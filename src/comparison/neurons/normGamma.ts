import { layerForm } from '../../checkpoint/architecture/families.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { readTensorWindow } from '../weights/tensorWindow.ts';

/**
 * What a norm multiplies with, `[D]`: its weight, or one more.
 *
 * @param name of the norm's tensor
 * @throws InputError when the files cannot be read; ChangedInput when they are not those that were opened
 */
export async function normGamma(checkpoint: Checkpoint, name: string): Promise<Float32Array> {
  const whole = { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: Number.MAX_SAFE_INTEGER };
  const weight = await readTensorWindow(checkpoint, name, whole);
  return layerForm(checkpoint.architecture).normsAddOne ? weight.map((value) => value + 1) : weight;
}
