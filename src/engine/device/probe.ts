import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  closeFile,
  createFile,
  makeTemporaryFolder,
  removeTreeNow,
  writeAll,
} from '../../files/writing/diskOperations.ts';
import { linear } from '../../graph/layers/products/linear.ts';
import { type HeldWeights, weightMatrix } from '../../graph/layers/products/weightMatrix.ts';
import { GraphScope } from '../../graph/onnx/graphScope.ts';
import { Initializers } from '../../graph/onnx/initializers.ts';
import type { Value } from '../../graph/onnx/value.ts';
import { modelBytes } from '../../graph/segmentModel.ts';
import type { DeviceProbe } from '../../protocol/engine.ts';
import type { Device } from '../../settings/devices.ts';
import { cudaReason } from './cudaReason.ts';
import { createSession, float32 } from './runtime.ts';

/* Tries whether a device can compute, and says in a sentence why not. */

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
async function reasonOf(device: Device, message: string): Promise<string> {
  if (/not found in available backends|backend not found|not available|Unknown provider|not supported/i.test(message)) {
    return `this build of ONNX Runtime for ${process.platform}-${process.arch} does not include it`;
  }
  if (device === 'cuda') {
    const reason = await cudaReason(message);
    if (reason !== undefined) return reason;
  }
  if (device === 'webgpu' && /adapter/i.test(message)) return 'no graphics adapter answered (is a driver installed?)';
  return message.replace(/\s+/g, ' ').trim().slice(0, 300);
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
      reason: await reasonOf(device, error instanceof Error ? error.message : String(error)),
    };
  }
}

/** bf16 and f16 patterns of 1, 2, −1 and 0.5, in that order: two matrices `[2, 2]`. */
const patterns = Uint16Array.of(0x3f80, 0x4000, 0xbf80, 0x3f00, 0x3c00, 0x4000, 0xbc00, 0x3800);

/** `x Wᵀ` with one matrix in bf16 and one in f16, held as stored. */
function widening(held: HeldWeights): Uint8Array {
  const scope = new GraphScope(new Initializers());
  for (const [i, dtype] of (['BF16', 'F16'] as const).entries()) {
    const place = { name: dtype, dtype, shape: [2, 2], location: 'weights', begin: 8 * i, byteLength: 8 };
    const weight = weightMatrix(scope, place, held);
    scope.named(linear(scope, 'x' as Value, { weight, bias: undefined }), `y_${dtype}`);
  }
  const outputs = ['y_BF16', 'y_F16'].map((name) => ({ name, type: 'float32', shape: ['T', 2] }) as const);
  return modelBytes(scope.graph('probe', outputs, [{ name: 'x', type: 'float32', shape: ['T', 2] }]));
}

/** Whether the device multiplies with matrices of two bytes a parameter, widened in this way, and is right. Never throws. */
export async function widensStored(device: Device, held: HeldWeights): Promise<boolean> {
  let folder: string | undefined;
  try {
    folder = realpathSync(makeTemporaryFolder(join(tmpdir(), 'rejuvenate-probe-')));
    const weights = createFile(join(folder, 'weights'));
    writeAll(weights, new Uint8Array(patterns.buffer), 0);
    closeFile(weights);
    const session = await createSession(widening(held), { device, threads: 1, spinning: false }, folder);
    try {
      const found = await session.run({ x: float32(Float32Array.of(3, 5), [1, 2]) });
      return ['y_BF16', 'y_F16'].every((name) => {
        const [first, second] = found[name]!.data as Float32Array;
        return first === 13 && second === -0.5;
      });
    } finally {
      await session.release();
    }
  } catch {
    return false;
  } finally {
    if (folder !== undefined) removeTreeNow(folder);
  }
}
