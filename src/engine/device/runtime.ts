/* The one file that talks to ONNX Runtime: makes sessions and tensors. */

// First: they have the runtime send nothing, open what its provider needs, and choose which copy of it the line after them loads.
import './silence.ts';
import './preload.ts';
import './privateBinding.ts';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { Arithmetic } from '../../graph/onnx/arithmetic.ts';
import type { Device } from '../../settings/devices.ts';
import type { ProductForm } from '../../settings/precision.ts';

export type Session = InferenceSession;
export { Tensor };

export const runtimeVersion: string = env.versions.node ?? env.versions.common;

export interface SessionSettings {
  readonly device: Device;
  /** Threads of the CPU provider; 0 lets the runtime take one a core. */
  readonly threads: number;
  /** Threads that wait for work keep their core busy. */
  readonly spinning: boolean;
  /** How the models made for it hold their weights. */
  readonly held: HeldWeights;
  /** How they compute products; one of float32 each unless said. */
  readonly arithmetic?: Arithmetic;
  /** How the device computes them in the end; `float32` unless said. */
  readonly products?: ProductForm;
  /** The device ranks what it scores, where it holds the whole model; the host unless said. */
  readonly ranks?: boolean;
}

/**
 * A session on one device, nothing else: a list of providers does not fall back, it throws.
 * @param externalFolder folder that the model's external weights are relative to
 * @param optimisation of the runtime's; all that it has, but for tests
 */
export function createSession(
  bytes: Uint8Array,
  { device, threads, spinning }: Pick<SessionSettings, 'device' | 'threads' | 'spinning'>,
  externalFolder: string,
  optimisation: 'disabled' | 'basic' | 'extended' | 'all' = 'all',
): Promise<Session> {
  return InferenceSession.create(bytes, {
    executionProviders: [device],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    graphOptimizationLevel: optimisation,
    // Shapes change from sample to sample, so patterns never repeat; without them a run holds 20 % less memory.
    enableMemPattern: false,
    extra: {
      session: {
        model_external_initializers_file_folder_path: externalFolder,
        // Packed copies for each of a weight's uses (forward, backward, both branches) would multiply its memory.
        disable_prepacking: '1',
        'intra_op.allow_spinning': spinning ? '1' : '0',
        // Every node is known to run on WebGPU (test/golden/webgpu.test.ts): one that would not must fail, not crawl.
        ...(device === 'webgpu' && { disable_cpu_ep_fallback: '1' }),
      },
    },
  });
}

export const float32 = (data: Float32Array, dims: readonly number[]) => new Tensor('float32', data, dims);
export const int32 = (data: Int32Array, dims: readonly number[] = [data.length]) => new Tensor('int32', data, dims);
export const int64 = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
export const bool = (value: boolean) => new Tensor('bool', Uint8Array.of(value ? 1 : 0), []);
