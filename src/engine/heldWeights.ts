import type { HeldWeights } from '../graph/weightMatrix.ts';
import type { Device, WeightStorage } from '../protocol/engine.ts';

/** How a device holds weights in the checkpoint's own bytes; undefined where no way is known to work. */
const stored: Readonly<Record<Device, HeldWeights | undefined>> = {
  cpu: 'cast',
  cuda: 'cast',
  webgpu: 'lookup',
  dml: undefined,
  coreml: undefined,
};

/** @returns undefined when the device cannot */
export function heldWeights(device: Device, weights: WeightStorage): HeldWeights | undefined {
  return weights === 'float32' ? 'float32' : stored[device];
}
