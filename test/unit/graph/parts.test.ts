/* Each part of a layer that families differ in: its backward agrees with finite differences of its forward, in ONNX Runtime. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { createSession, float32 } from '../../../src/engine/device/runtime.ts';
import { activations } from '../../../src/graph/layers/activation.ts';
import { rotate, rotateBackward } from '../../../src/graph/layers/attention/rotary.ts';
import { blockInput, blockInputBackward } from '../../../src/graph/layers/blockInput.ts';
import { blockWrite, blockWriteBackward, writeDirection } from '../../../src/graph/layers/blockWrite.ts';
import { mixture, mixtureBackward } from '../../../src/graph/layers/experts/mixture.ts';
import type { ExpertWeights, Linear } from '../../../src/graph/layers/products/weights.ts';
import { rmsNorm, rmsNormBackward } from '../../../src/graph/layers/rmsNorm.ts';
import { reshape } from '../../../src/graph/layers/shapes.ts';
import { softCap, softCapBackward } from '../../../src/graph/layers/softCap.ts';
import { GraphScope } from '../../../src/graph/onnx/graphScope.ts';
import { Initializers } from '../../../src/graph/onnx/initializers.ts';
import type { Value } from '../../../src/graph/onnx/value.ts';
import { modelBytes } from '../../../src/graph/segmentModel.ts';

const cpu = { device: 'cpu', threads: 1, spinning: false } as const;
const [rows, width] = [3, 12];
const x = 'x' as Value;
const g = 'g' as Value;

/** Values between −2 and 2 that repeat nothing. */
const waves = (phase: number, length = rows * width) =>
  Float32Array.from({ length }, (_, i) => 2 * Math.sin(1.7 * i + phase));

interface Part {
  readonly what: string;
  readonly forward: (scope: GraphScope) => Value;
  /** Gradient at `x` from that at what the forward gives. */
  readonly backward: (scope: GraphScope) => Value;
}

const constant = (scope: GraphScope, key: string, values: Float32Array) => scope.initializers.floats(key, values);
const gamma = (scope: GraphScope) => constant(scope, 'gamma', waves(4, width));
const dims = { eps: 1e-5, residualScale: 0.3 };

/** Of `pairs` and rotated elements: cosines and sines that are not of one angle, and 1 and 0 where nothing turns. */
function rotation(what: string, pairs: 'halves' | 'neighbours', rotated: number): Part {
  const form = { headDim: width, rotated, pairs };
  const frequencyOf = (i: number) => (pairs === 'halves' ? i % (rotated / 2) : i >> 1);
  const table = (scope: GraphScope, name: 'cos' | 'sin') => {
    const value = (i: number) => (i < rotated ? 1.2 * Math[name](1 + frequencyOf(i)) : Number(name === 'cos'));
    return constant(
      scope,
      name,
      Float32Array.from({ length: width }, (_, i) => value(i)),
    );
  };
  const tables = (scope: GraphScope) => ({ cos: table(scope, 'cos'), sin: table(scope, 'sin') });
  return {
    what,
    forward: (scope) => rotate(scope, x, tables(scope), form),
    backward: (scope) => rotateBackward(scope, g, tables(scope), form),
  };
}

const write = (scope: GraphScope) => blockWrite(scope, x, gamma(scope), dims);

/** Five experts, two of them a row; the choice is far from changing. */
function experts(normalised: boolean): Part {
  const form = { count: 5, perToken: 2, intermediateSize: 6, normalised };
  const map = (scope: GraphScope, name: string, phase: number, [out, into]: readonly [number, number]): Linear => {
    const values = waves(phase, out * into).map((value) => value / 8);
    const weight = reshape(scope, constant(scope, name, values), [out, into]);
    return { weight: () => [weight], bias: undefined };
  };
  const weights = (scope: GraphScope): ExpertWeights => {
    const each = (name: string, phase: number, shape: readonly [number, number]) =>
      Array.from({ length: form.count }, (_, i) => map(scope, `${name} ${i}`, phase + 3 * i, shape));
    return {
      form,
      router: map(scope, 'router', 0.5, [form.count, width]),
      gate_proj: each('gate', 1, [form.intermediateSize, width]),
      up_proj: each('up', 2, [form.intermediateSize, width]),
      down_proj: each('down', 3, [width, form.intermediateSize]),
    };
  };
  const activation = { activation: 'silu' } as const;
  return {
    what: `a mixture of experts, its router among it, with weights ${normalised ? 'that add up to 1' : 'as softmax has them'}`,
    forward: (scope) => mixture(scope, weights(scope), x, activation).output,
    backward(scope) {
      const own = weights(scope);
      return mixtureBackward(scope, own, mixture(scope, own, x, activation), g, undefined, activation).x;
    },
  };
}

const parts: readonly Part[] = [
  ...(['silu', 'geluTanh'] as const).map((name): Part => {
    const form = activations[name];
    return {
      what: `the activation ${name}`,
      forward: (scope) => form.value(scope, x, form.inner(scope, x)),
      backward: (scope) => scope.op('Mul', [g, form.slope(scope, x, form.inner(scope, x))]),
    };
  }),
  {
    what: 'soft capping',
    forward: (scope) => softCap(scope, x, 1.5).y,
    backward: (scope) => softCapBackward(scope, softCap(scope, x, 1.5), g),
  },
  {
    what: 'a norm over whole rows',
    forward: (scope) => rmsNorm(scope, x, gamma(scope), dims.eps).y,
    backward: (scope) => rmsNormBackward(scope, rmsNorm(scope, x, gamma(scope), dims.eps), g),
  },
  {
    what: 'a norm before a block',
    forward: (scope) => blockInput(scope, x, gamma(scope), dims.eps).y,
    backward: (scope) => blockInputBackward(scope, blockInput(scope, x, gamma(scope), dims.eps), g),
  },
  {
    what: 'a block that reads the stream as it is',
    forward: (scope) => scope.op('Identity', [blockInput(scope, x, undefined, dims.eps).y]),
    backward: (scope) =>
      scope.op('Identity', [blockInputBackward(scope, blockInput(scope, x, undefined, dims.eps), g)]),
  },
  {
    what: 'a norm after a block, and its scale',
    forward: (scope) => write(scope).added,
    backward: (scope) => blockWriteBackward(scope, write(scope), g),
  },
  experts(true),
  experts(false),
  rotation('rotary embedding of halves', 'halves', width),
  rotation('rotary embedding of some of a head', 'halves', 6),
  rotation('rotary embedding of neighbours', 'neighbours', width),
  rotation('rotary embedding of some neighbours', 'neighbours', 8),
];

type Run = (fed: Readonly<Record<string, Float32Array>>) => Promise<Readonly<Record<string, Float32Array>>>;

/** Makes a graph of `x` and `g`, both `[rows, width]`, for `use` to run. */
async function withGraph(
  build: (scope: GraphScope) => Readonly<Record<string, Value>>,
  use: (run: Run) => Promise<void>,
): Promise<void> {
  const scope = new GraphScope(new Initializers());
  const built = build(scope);
  for (const [name, value] of Object.entries(built)) scope.named(value, name);
  const outputs = Object.keys(built).map((name) => ({ name, type: 'float32' }) as const);
  const inputs = ['x', 'g'].map((name) => ({ name, type: 'float32', shape: ['R', width] }) as const);
  const session = await createSession(modelBytes(scope.graph('part', outputs, inputs)), cpu, tmpdir());
  try {
    await use(async (fed) => {
      const feeds = Object.entries(fed).map(([name, values]) => [name, float32(values, [rows, width])]);
      const found = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(Object.keys(built).map((name) => [name, found[name]!.data as Float32Array]));
    });
  } finally {
    await session.release();
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe('a part of a layer', () => {
  for (const { what, forward, backward } of parts) {
    it(`${what}: its backward is its forward's derivative`, async () => {
      const [values, gradient] = [waves(0), waves(1)];
      const step = 2 ** -6;
      await withGraph(
        (scope) => ({ y: forward(scope), atX: backward(scope) }),
        async (run) => {
          const { atX } = await run({ x: values, g: gradient });
          /** `⟨g, y⟩` with one element of `x` moved. */
          const along = async (place: number, by: number) => {
            const moved = values.slice();
            moved[place]! += by;
            return dot((await run({ x: moved, g: gradient }))['y']!, gradient);
          };
          for (const place of values.keys()) {
            // Four points: the error is of the step's fourth power.
            const [outer, inner] = [2 * step, step];
            const far = (await along(place, outer)) - (await along(place, -outer));
            const near = (await along(place, inner)) - (await along(place, -inner));
            const slope = (8 * near - far) / (12 * step);
            assert.ok(Math.abs(slope - atX![place]!) < 2e-4, `${place}: ${atX![place]} is not ${slope}`);
          }
        },
      );
    });
  }

  it('a write through a norm: its direction gives what it adds to a logit, the norm frozen', async () => {
    const [values, direction] = [waves(0), waves(2)];
    await withGraph(
      (scope) => {
        const own = write(scope);
        return { added: own.added, direction: writeDirection(scope, own, g) };
      },
      async (run) => {
        const found = await run({ x: values, g: direction });
        const [whole, frozen] = [dot(found['added']!, direction), dot(values, found['direction']!)];
        assert.ok(Math.abs(whole - frozen) < 1e-5, `${whole} is not ${frozen}`);
      },
    );
  });
});
