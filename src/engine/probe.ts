import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nativeFolder, providerFiles } from '../cudaRuntime/runtimePlace.ts';
import { GraphScope, type Value } from '../graph/graphScope.ts';
import { Initializers } from '../graph/initializers.ts';
import { modelBytes } from '../graph/segmentModel.ts';
import type { Device, DeviceProbe } from '../protocol/engine.ts';
import { missingForCuda, privateFault, privateFolder } from './privateBinding.ts';
import { createSession, float32 } from './runtime.ts';

/** The smallest model that shows whether a device computes: y = x + x. */
function doubling(): Uint8Array {
  const scope = new GraphScope(new Initializers());
  const x = 'x' as Value;
  scope.named(scope.op('Add', [x, x]), 'y');
  return modelBytes(
    scope.graph('probe', [{ name: 'y', type: 'float32', shape: [2] }], [{ name: 'x', type: 'float32', shape: [2] }]),
  );
}

/** What stands in the way, in a sentence: the runtime's messages run over several lines of file names and macros. */
function reasonOf(device: Device, message: string): string {
  if (/not found in available backends|backend not found|not available|Unknown provider|not supported/i.test(message)) {
    return `this build of ONNX Runtime for ${process.platform}-${process.arch} does not include it`;
  }
  if (device === 'cuda' && /failed to load shared library/i.test(message)) {
    return cudaReason();
  }
  if (device === 'webgpu' && /adapter/i.test(message)) return 'no graphics adapter answered (is a driver installed?)';
  return message.replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** Which of the libraries is not there: the runtime itself says only that one could not be loaded. */
function cudaReason(): string {
  if (privateFault !== undefined) return privateFault;
  const folder = privateFolder ?? nativeFolder();
  if (!providerFiles.every((file) => existsSync(join(folder, file)))) {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      return "ONNX Runtime's CUDA libraries are not installed";
    const rest = missingForCuda(folder).filter((part) => !part.includes(folder));
    const also = rest.length === 0 ? '' : `; nor ${rest.length === 1 ? 'is' : 'are'} ${rest.join(', ')}`;
    return `ONNX Runtime's CUDA libraries are not installed (rejuvenate doctor --install-cuda)${also}`;
  }
  const missing = missingForCuda(folder);
  if (missing.length > 0) return `not found on this machine: ${missing.join(', ')}`;
  return "ONNX Runtime's CUDA libraries do not load";
}

/** Runs a two-element addition on the device. Never throws. */
export async function probe(device: Device): Promise<DeviceProbe> {
  try {
    const session = await createSession(doubling(), { device, threads: 1, spinning: false }, process.cwd());
    try {
      const { y } = await session.run({ x: float32(Float32Array.of(1, 2), [2]) });
      const [first, second] = y!.data as Float32Array;
      if (first === 2 && second === 4) return { device, available: true, reason: '' };
      return { device, available: false, reason: `it computes wrongly (1 + 1 gave ${first})` };
    } finally {
      await session.release();
    }
  } catch (error) {
    return {
      device,
      available: false,
      reason: reasonOf(device, error instanceof Error ? error.message : String(error)),
    };
  }
}
