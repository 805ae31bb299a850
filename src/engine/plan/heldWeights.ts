import { dtypeBytes, type WeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { Device } from '../../settings/devices.ts';
import type { WeightForm, WeightStorage } from '../../settings/weightStorage.ts';
import type { DeviceCosts } from './deviceCosts.ts';

/* The ways in which a device can hold a model's matrices, and what each takes in memory. */

/** What matrices take in memory, held in one way. */
export interface WeightMemory {
  readonly held: HeldWeights;
  /** Of a parameter while nothing uses it, bytes. */
  readonly parameterBytes: number;
  /** Largest matrices that a run widens at a time, with what that needs in between. */
  readonly widened: number;
  /** Products are computed in parts, which stand beside what they are parts of. */
  readonly split: boolean;
  /** The device ranks what it scores, where it holds the whole model; the host unless said. */
  readonly ranks?: boolean;
  /** What else work costs there; as on a CPU unless said. */
  readonly costs?: DeviceCosts;
}

/**
 * Measured on 7 layers of 63 million parameters: a cast left 2.2 matrices of float32 beside what was held, the lookup with
 * its integers 4.5.
 */
const widenedMatrices: Readonly<Record<HeldWeights, number>> = { float32: 0, cast: 2, lookup: 5 };

/**
 * @param dtype of the matrices in the checkpoint
 * @param split products are computed in parts: a float32 matrix is held as two
 */
export function weightMemory(held: HeldWeights, dtype: WeightDtype, split = false, costs?: DeviceCosts): WeightMemory {
  const device = { split, ...(costs && { costs }) };
  if (held === 'float32' || dtype === 'F32') {
    const parts = split && dtype === 'F32' ? 2 : 1;
    return { held: 'float32', parameterBytes: parts * dtypeBytes.F32, widened: 0, ...device };
  }
  return { held, parameterBytes: dtypeBytes[dtype], widened: widenedMatrices[held], ...device };
}

/** How a device holds weights in the checkpoint's own bytes; undefined where no way is known to work. */
const stored: Readonly<Record<Device, HeldWeights | undefined>> = {
  cpu: 'cast',
  cuda: 'cast',
  webgpu: 'lookup',
  dml: undefined,
  coreml: undefined,
};

/** @returns undefined when the device cannot */
export function heldWeights(device: Device, weights: WeightForm): HeldWeights | undefined {
  return weights === 'float32' ? 'float32' : stored[device];
}

/**
 * The ways that a plan may choose from, the one to prefer first; none when the device cannot do what is asked. Whatever the
 * device, the runtime widens to float32 on one core of the CPU, 2 ns a weight; a cast on a GPU is a pass over the matrix.
 * A lookup is never chosen unasked: what it costs is known of software Vulkan alone, where it is slow.
 */
export function waysToHold(device: Device, weights: WeightStorage): readonly HeldWeights[] {
  const both: readonly WeightForm[] = device === 'cuda' ? ['stored', 'float32'] : ['float32', 'stored'];
  return (weights === 'auto' ? both : [weights]).flatMap((form) => {
    const held = heldWeights(device, form);
    return held === undefined || (weights === 'auto' && held === 'lookup') ? [] : [held];
  });
}

export function formOf(held: HeldWeights): WeightForm {
  return held === 'float32' ? 'float32' : 'stored';
}
