import { linear } from '../../graph/layers/products/linear.ts';
import type { Arithmetic } from '../../graph/onnx/arithmetic.ts';
import { GraphScope } from '../../graph/onnx/graphScope.ts';
import { Initializers } from '../../graph/onnx/initializers.ts';
import type { Value } from '../../graph/onnx/value.ts';
import { modelBytes } from '../../graph/segmentModel.ts';
import type { Device } from '../../settings/devices.ts';
import { createSession, float32 } from './runtime.ts';

/* Finds out how a device multiplies: whether its products are TF32's, and how close to float32's they come in parts. */

/** Large enough for any library to take to its tensor cores. */
const rows = 64;
const terms = 512;
const columns = 64;

/** Values that no fewer than 24 bits hold, and matrix entries of eight bits; both the same in every run. */
function factors() {
  let state = 12345;
  // A linear congruential generator (Numerical Recipes): all that is asked of it is that bits vary.
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const x = Float32Array.from({ length: rows * terms }, () => 2 * next() - 1);
  const w = Float32Array.from({ length: columns * terms }, () => Math.round(255 * (2 * next() - 1)) / 256);
  return { x, w };
}

function multiplying(arithmetic: Arithmetic): Uint8Array {
  const scope = new GraphScope(new Initializers(), arithmetic);
  const w = 'w' as Value;
  scope.named(linear(scope, 'x' as Value, { weight: () => [w], bias: undefined }), 'y');
  const inputs = [
    { name: 'x', type: 'float32', shape: ['R', terms] },
    { name: 'w', type: 'float32', shape: [columns, terms] },
  ] as const;
  return modelBytes(scope.graph('probe', [{ name: 'y', type: 'float32', shape: ['R', columns] }], inputs), arithmetic);
}

/**
 * Largest error of a product over its largest value, with a matrix of few bits. Float32 is 3e-7 off here, one product of
 * TF32 2e-4.
 * @throws when the device fails
 */
export async function productError(device: Device, arithmetic: Arithmetic): Promise<number> {
  const { x, w } = factors();
  const session = await createSession(multiplying(arithmetic), { device, threads: 1, spinning: false }, process.cwd());
  try {
    const { y } = await session.run({ x: float32(x, [rows, terms]), w: float32(w, [columns, terms]) });
    const found = y!.data as Float32Array;
    let [largest, worst] = [0, 0];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let i = 0; i < terms; i++) sum += x[row * terms + i]! * w[column * terms + i]!;
        largest = Math.max(largest, Math.abs(sum));
        worst = Math.max(worst, Math.abs(found[row * columns + column]! - sum));
      }
    }
    return Number.isNaN(worst) ? Infinity : worst / largest;
  } finally {
    await session.release();
  }
}

/** Between what float32 is off in such a product and what TF32 is. */
const float32Error = 1e-5;

/** Whether a product of float32 values is one of float32 on the device. */
export async function multipliesInFloat32(device: Device, arithmetic: Arithmetic): Promise<boolean> {
  return (await productError(device, arithmetic)) < float32Error;
}
