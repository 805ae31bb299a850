import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { createSession, float32 } from '../../../src/engine/device/runtime.ts';
import { productError } from '../../../src/engine/device/tensorCores.ts';
import { weightFiles } from '../../../src/engine/sessions/weightFiles.ts';
import { headModel } from '../../../src/graph/headModel.ts';
import { attentionChunks } from '../../../src/graph/layers/attention/attentionChunks.ts';
import { inParts, product, productOfRows } from '../../../src/graph/layers/products/products.ts';
import { type Arithmetic, plainArithmetic } from '../../../src/graph/onnx/arithmetic.ts';
import { type GraphProto, ModelProtoSchema, type NodeProto } from '../../../src/graph/onnx/gen/onnx-ml_pb.ts';
import { GraphScope } from '../../../src/graph/onnx/graphScope.ts';
import { Initializers } from '../../../src/graph/onnx/initializers.ts';
import type { Value } from '../../../src/graph/onnx/value.ts';
import { modelBytes, segmentModel } from '../../../src/graph/segmentModel.ts';
import { checkpointFixtures } from '../../paths.ts';

const cpu = { device: 'cpu', threads: 1, spinning: false } as const;
const floatOf = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
const bitsOf = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]!;

/** Floats of every exponent that a split may meet, both signs; every other low bit pattern at random. */
function values(): Float32Array {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  const found: number[] = [0, -0, 1, -1, floatOf(1), floatOf(0x7fffff), floatOf(0x3f800fff), floatOf(0x3f801000)];
  for (let exponent = 0; exponent < 127 + 114; exponent++) {
    for (let i = 0; i < 8; i++)
      found.push(floatOf((((random() & 1) << 31) | (exponent << 23) | (random() >>> 9)) >>> 0));
  }
  return Float32Array.from(found);
}

function splitting(): Uint8Array {
  const scope = new GraphScope(new Initializers());
  const { high, low } = inParts(scope, 'x' as Value);
  scope.named(high, 'high');
  scope.named(low, 'low');
  const outputs = (['high', 'low'] as const).map((name) => ({ name, type: 'float32' }) as const);
  return modelBytes(scope.graph('g', outputs, [{ name: 'x', type: 'float32', shape: ['N'] }]));
}

describe('a value in parts', () => {
  for (const level of ['disabled', 'basic', 'extended', 'all'] as const) {
    it(`is the sum of two that TF32 holds, with the runtime's optimisations ${level}`, async () => {
      const x = values();
      const session = await createSession(splitting(), cpu, tmpdir(), level);
      try {
        const found = await session.run({ x: float32(x, [x.length]) });
        const [high, low] = ['high', 'low'].map((name) => found[name]!.data as Float32Array);
        for (const [i, value] of x.entries()) {
          const what = `${value} (${bitsOf(value).toString(16)})`;
          assert.ok(high![i]! + low![i]! === value, what);
          // Of values below all normal ones the units see fewer bits, and so less than 2⁻¹³⁶ is lost.
          if (Math.abs(value) < 2 ** -126) continue;
          assert.equal(bitsOf(high![i]!) & 0x1fff, 0, what);
          assert.ok(Math.abs(low![i]!) <= Math.abs(value) * 2 ** -11, what);
        }
      } finally {
        await session.release();
      }
    });
  }

  it('that is too large or not a number is not one afterwards', async () => {
    const x = Float32Array.of(3e38, -Infinity, NaN, 4e34);
    const session = await createSession(splitting(), cpu, tmpdir());
    try {
      const { high } = await session.run({ x: float32(x, [x.length]) });
      assert.deepEqual([...(high!.data as Float32Array)].map(Number.isNaN), [true, true, true, false]);
    } finally {
      await session.release();
    }
  });
});

describe('products in parts', () => {
  const [rows, terms] = [24, 96];
  const filled = (length: number, phase: number) =>
    Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + phase)) * 2 ** ((i % 7) - 3));

  /** Largest error of `a b` or `a bᵀ` over its largest value; `b` is square of `terms`. */
  async function errorOf(arithmetic: Arithmetic, transposed: boolean): Promise<number> {
    const scope = new GraphScope(new Initializers(), arithmetic);
    const [a, b] = ['a' as Value, 'b' as Value];
    scope.named(transposed ? productOfRows(scope, a, b, [1, 0]) : product(scope, a, b), 'y');
    const inputs = [
      { name: 'a', type: 'float32', shape: ['R', terms] },
      { name: 'b', type: 'float32', shape: [terms, terms] },
    ] as const;
    const bytes = modelBytes(scope.graph('g', [{ name: 'y', type: 'float32' }], inputs), arithmetic);
    const session = await createSession(bytes, cpu, tmpdir());
    const [left, right] = [filled(rows * terms, 1), filled(terms * terms, 5)];
    try {
      const { y } = await session.run({ a: float32(left, [rows, terms]), b: float32(right, [terms, terms]) });
      const found = y!.data as Float32Array;
      let [largest, worst] = [0, 0];
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < terms; column++) {
          let sum = 0;
          for (let i = 0; i < terms; i++) {
            sum += left[row * terms + i]! * right[transposed ? column * terms + i : i * terms + column]!;
          }
          largest = Math.max(largest, Math.abs(sum));
          worst = Math.max(worst, Math.abs(found[row * terms + column]! - sum));
        }
      }
      return worst / largest;
    } finally {
      await session.release();
    }
  }

  for (const units of ['tf32Cut', 'tf32Rounded'] as const) {
    for (const transposed of [false, true]) {
      it(`of two float32 values, ${transposed ? 'short' : 'long'}, are float32's on units that are ${units}`, async () => {
        assert.ok((await errorOf({ split: true, units }, transposed)) < 6e-7);
        assert.ok((await errorOf({ split: false, units }, transposed)) > 5e-5);
        assert.ok((await errorOf(plainArithmetic, transposed)) < 6e-7);
      });
    }

    it(`of a matrix of few bits are float32's on units that are ${units}`, async () => {
      assert.ok((await productError('cpu', { split: true, units })) < 6e-7);
      assert.ok((await productError('cpu', { split: false, units })) > 5e-5);
    });
  }
});

function nodesOf({ node }: GraphProto): NodeProto[] {
  return node.flatMap((each) => [each, ...each.attribute.flatMap(({ g }) => (g === undefined ? [] : nodesOf(g)))]);
}

describe('graphs', () => {
  async function counts(name: string, arithmetic: Arithmetic) {
    const checkpoint = await openCheckpoint(join(checkpointFixtures, name, 'sft'));
    const { architecture } = checkpoint;
    const files = weightFiles(checkpoint);
    const locate = (tensor: string) => files.locate(tensor);
    const weight = files.rows('head', { from: 0, to: architecture.vocabSize });
    const models = [
      segmentModel(architecture, { from: 0, to: architecture.layers }, locate, 'float32', arithmetic),
      headModel(architecture, { weight, bias: undefined }, 5, locate, 'float32', arithmetic),
    ];
    const nodes = models.flatMap((bytes) => nodesOf(fromBinary(ModelProtoSchema, bytes).graph!));
    const count = (...types: string[]) => nodes.filter(({ opType }) => types.includes(opType)).length;
    return { products: count('MatMul', 'Gemm'), subtractions: count('Sub'), casts: count('BitCast') };
  }

  it('of parts have two products for one with a bf16 matrix, and three with a float32 matrix', async () => {
    const plain = await counts('tiny-qwen3-untied-sharded', plainArithmetic);
    const split = await counts('tiny-qwen3-untied-sharded', { split: true });
    const float = await counts('tiny-llama-untied-f32', { split: true });
    // Two layers, one of them of target rows: 7 forward in either branch, 7 + 2 backward, and in the first layer 3 fewer,
    // as nothing reads its input's gradient; the head. Of attention 3 long products and a short one backward, in the
    // first layer of each chunk of rows and with one for probabilities again, and 1 long and 1 short in each of four forwards.
    const linear = 7 * 4 + 9 * 2 - 3 + 1;
    const [long, short] = [3 * (1 + attentionChunks) + 4, 1 + 2 * attentionChunks + 4];
    assert.equal(plain.products, linear + long + short);
    assert.equal(split.products, 2 * linear + 3 * long + short);
    assert.equal(float.products, 3 * linear + 3 * long + short);
    assert.ok(split.subtractions > plain.subtractions);
  });

  it('have bit casts only where units are emulated', async () => {
    assert.equal((await counts('tiny-qwen2-tied', plainArithmetic)).casts, 0);
    assert.equal((await counts('tiny-qwen2-tied', { split: true })).casts, 0);
    assert.ok((await counts('tiny-qwen2-tied', { split: true, units: 'tf32Cut' })).casts > 0);
  });
});
