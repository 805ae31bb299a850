import { type Arithmetic, type ProductUnits, plainArithmetic } from '../../graph/onnx/arithmetic.ts';
import type { Device } from '../../settings/devices.ts';
import type { Precision, ProductForm } from '../../settings/precision.ts';
import { multipliesInFloat32 } from './tensorCores.ts';

/* Decides how products are computed on a device for the precision asked for. */

/** How products are computed: for graphs, and as records name it. */
export interface Products {
  readonly arithmetic: Arithmetic;
  readonly form: ProductForm;
}

/**
 * Products for the precision asked for, or why the device cannot give it. Only CUDA has TF32, and not every GPU: where one
 * product of float32 is float32's anyway, there is nothing to be won by parts.
 * @param units emulated on any device, in tests and benches
 * @throws when the device fails at a small product
 */
export async function productsFor(
  device: Device,
  precision: Precision,
  units?: ProductUnits,
): Promise<Products | string> {
  if (units !== undefined) {
    const split = precision === 'exact';
    return { arithmetic: { split, units }, form: split ? 'split' : 'tf32' };
  }
  const plain = { arithmetic: plainArithmetic, form: 'float32' } as const;
  if (device !== 'cuda') return plain;
  if (await multipliesInFloat32(device, plainArithmetic)) return plain;
  if (precision === 'tf32') return { arithmetic: plainArithmetic, form: 'tf32' };
  if (precision === 'float32') return 'it multiplies in TF32 although it was told not to';
  const split = { split: true };
  if (await multipliesInFloat32(device, split)) return { arithmetic: split, form: 'split' };
  return "its products in parts are not as good as float32's: use --precision float32";
}
