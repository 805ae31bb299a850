import type { Gpu } from '../../engine/device/gpus.ts';
import { showBytes } from '../../settings/memorySize.ts';

/**
 * A GPU in a line: `NVIDIA H100 80GB HBM3, 85.5 GB, 84.9 GB free`; without the memory where the driver does not tell
 * it.
 */
export function shownGpu({ name, memoryBytes, freeBytes }: Gpu): string {
  return memoryBytes === 0 ? name : `${name}, ${showBytes(memoryBytes)}, ${showBytes(freeBytes)} free`;
}
