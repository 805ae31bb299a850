import { createSession, float32 } from '../src/engine/device/runtime.ts';
import { GraphScope } from '../src/graph/onnx/graphScope.ts';
import { Initializers } from '../src/graph/onnx/initializers.ts';
import type { Value } from '../src/graph/onnx/value.ts';
import { modelBytes } from '../src/graph/segmentModel.ts';
import type { Device } from '../src/settings/devices.ts';

/** What products are computed in; the graph's own inputs and outputs stay float32. ONNX numbers its types. */
export const productTypes = { float32: 1, float16: 10, bfloat16: 16 } as const;
export type ProductType = keyof typeof productTypes;

/** `[rows, inner] × [inner, outer]`, and back again. */
export interface ProductShape {
  readonly rows: number;
  readonly inner: number;
  readonly outer: number;
}

/** Products of one run: enough that a run's fixed cost is small beside them. */
const products = 8;
const additions = 16;
const warmUps = 1;

interface Runs {
  readonly device: Device;
  readonly threads: number;
  /** Runs that count; the fastest is the ceiling. */
  readonly runs: number;
}

/** Seconds of the fastest run of a graph over a scalar that it spreads out itself: no large tensor goes in or out. */
async function fastest(scope: GraphScope, result: Value, { device, threads, runs }: Runs): Promise<number> {
  const { initializers } = scope;
  const sum = scope.op('ReduceSum', [result, initializers.ints([-2, -1])], { keepdims: 1 });
  scope.named(sum, 'y');
  const bytes = modelBytes(
    scope.graph(
      'ceiling',
      [{ name: 'y', type: 'float32', shape: [1, 1] }],
      [{ name: 'one', type: 'float32', shape: [] }],
    ),
  );
  const session = await createSession(bytes, { device, threads, spinning: true }, process.cwd());
  try {
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < warmUps + runs; run++) {
      const start = performance.now();
      await session.run({ one: float32(Float32Array.of(1), []) });
      if (run >= warmUps) best = Math.min(best, (performance.now() - start) / 1000);
    }
    return best;
  } finally {
    await session.release();
  }
}

/**
 * Floating-point operations a second that ONNX Runtime reaches in products of matrices and nothing else, with the
 * engine's own session settings. The matrices are spread out of a scalar in the graph, all entries of one equal, and scaled so
 * that the chain neither grows nor fades.
 * @throws whatever the runtime does where the device lacks the type
 */
export async function productCeiling(
  { rows, inner, outer }: ProductShape,
  runs: Runs,
  type: ProductType = 'float32',
): Promise<number> {
  const scope = new GraphScope(new Initializers());
  const { initializers } = scope;
  const filled = (height: number, width: number, value: number) => {
    const scaled = scope.op('Mul', ['one' as Value, initializers.scalar(value)]);
    const spread = scope.op('Expand', [scaled, initializers.ints([height, width])]);
    return type === 'float32' ? spread : scope.op('Cast', [spread], { to: productTypes[type] });
  };
  let x = filled(rows, inner, 1);
  const out = filled(inner, outer, 1 / inner);
  const back = filled(outer, inner, 1 / outer);
  for (let i = 0; i < products; i += 2) x = scope.op('MatMul', [scope.op('MatMul', [x, out]), back]);
  const result = type === 'float32' ? x : scope.op('Cast', [x], { to: productTypes.float32 });
  return (products * 2 * rows * inner * outer) / (await fastest(scope, result, runs));
}

/** Bytes a second that element-wise additions read and write. @param elements float32 of the tensor they pass over */
export async function bandwidthCeiling(elements: number, runs: Runs): Promise<number> {
  const scope = new GraphScope(new Initializers());
  let x = scope.op('Expand', ['one' as Value, scope.initializers.ints([elements / 1024, 1024])]);
  for (let i = 0; i < additions; i++) x = scope.op('Add', [x, 'one' as Value]);
  return (additions * 2 * 4 * elements) / (await fastest(scope, x, runs));
}
