import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import type { Checkpoint } from '../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { bfloat16ToFloat, float16ToFloat } from '../../../src/checkpoint/safetensors/floats.ts';
import { createSession, float32 } from '../../../src/engine/device/runtime.ts';
import { weightFiles } from '../../../src/engine/sessions/weightFiles.ts';
import { headModel } from '../../../src/graph/headModel.ts';
import { type HeldWeights, weightMatrix } from '../../../src/graph/layers/products/weightMatrix.ts';
import {
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProto_DataType,
} from '../../../src/graph/onnx/gen/onnx-ml_pb.ts';
import { GraphScope } from '../../../src/graph/onnx/graphScope.ts';
import { Initializers } from '../../../src/graph/onnx/initializers.ts';
import type { Value } from '../../../src/graph/onnx/value.ts';
import { modelBytes, segmentModel } from '../../../src/graph/segmentModel.ts';
import { checkpointFixtures, fixtures } from '../../paths.ts';

const families = join(fixtures, 'families');

function nodesOf({ node }: GraphProto): NodeProto[] {
  return node.flatMap((each) => [each, ...each.attribute.flatMap(({ g }) => (g === undefined ? [] : nodesOf(g)))]);
}

/** A model's nodes, its branches' included, and what a run decides: values that no weight or constant fixes. */
function parse(bytes: Uint8Array) {
  const graph = fromBinary(ModelProtoSchema, bytes).graph!;
  const nodes = nodesOf(graph);
  const decided = new Set(graph.input.map(({ name }) => name));
  let known = 0;
  while (known < decided.size) {
    known = decided.size;
    for (const node of nodes) {
      if (node.input.some((name) => decided.has(name))) for (const name of node.output) decided.add(name);
    }
  }
  const matrices = graph.initializer.filter(({ name }) => /(proj|embed_tokens|lm_head)\.weight$/.test(name));
  const readers = matrices.map(({ name }) => nodes.filter(({ input }) => input.includes(name)));
  return { matrices, readers, decided };
}

/** The nodes that a node's result is made of, itself included; of a section all that it gives. */
function sources(nodes: readonly NodeProto[], of: NodeProto): Set<NodeProto> {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const found = new Set([of]);
  for (const { input, attribute } of found) {
    const given = attribute.flatMap(({ g }) => g?.output.map(({ name }) => name) ?? []);
    for (const name of [...input, ...given]) {
      const maker = makers.get(name);
      if (maker !== undefined) found.add(maker);
    }
  }
  return found;
}

function models(checkpoint: Checkpoint, held: HeldWeights): Uint8Array[] {
  const { architecture } = checkpoint;
  const files = weightFiles(checkpoint);
  const locate = (tensor: string) => files.locate(tensor);
  const head = { weight: files.rows('head', { from: 0, to: architecture.vocabSize }), bias: undefined };
  return [
    segmentModel(architecture, { from: 0, to: 1 }, locate, held),
    segmentModel(architecture, { from: 0, to: architecture.layers }, locate, held),
    headModel(architecture, head, 5, locate, held),
  ];
}

describe('held weights', () => {
  const types = { cast: TensorProto_DataType.BFLOAT16, lookup: TensorProto_DataType.UINT32 } as const;
  for (const held of ['cast', 'lookup'] as const) {
    it(`${held}: no use of a matrix can be widened before the run, where it would be kept as float32`, async () => {
      for (const name of ['tiny-qwen3-untied-sharded', 'tiny-llama-tied-bias']) {
        for (const bytes of models(await openCheckpoint(join(checkpointFixtures, name, 'sft')), held)) {
          const { matrices, readers, decided } = parse(bytes);
          assert.ok(matrices.length > 0);
          for (const { dataType } of matrices) assert.equal(dataType, types[held]);
          for (const node of readers.flat()) {
            assert.ok(
              node.input.some((input) => decided.has(input)),
              `${node.opType} of ${node.input} reads weights alone`,
            );
          }
        }
      }
    });
  }

  it('cast: for the scores of down_proj it is widened once the backward has passed the block, of experts too', async () => {
    for (const folder of [join(checkpointFixtures, 'tiny-qwen3-untied-sharded'), join(families, 'qwen3_moe')]) {
      const checkpoint = await openCheckpoint(join(folder, 'sft'));
      const { architecture } = checkpoint;
      const files = weightFiles(checkpoint);
      const last = { from: architecture.layers - 1, to: architecture.layers };
      const bytes = segmentModel(architecture, last, (tensor) => files.locate(tensor), 'cast');
      const [choice] = fromBinary(ModelProtoSchema, bytes).graph!.node.filter(({ opType }) => opType === 'If');
      const nodes = nodesOf(choice!.attribute.find(({ name }) => name === 'then_branch')!.g!);
      const uses = (projection: string) =>
        nodes.filter(({ input }) => input.some((name) => name.includes(`.${projection}.weight`)));
      const [gates, downs] = [uses('gate_proj'), uses('down_proj')];
      const experts = architecture.experts?.count ?? 1;
      assert.equal(gates.length, 2 * experts);
      assert.equal(downs.length, 3 * experts);
      for (const scored of downs.slice(-experts)) {
        const before = sources(nodes, scored);
        assert.ok(
          gates.every((gate) => before.has(gate)),
          `${scored.input} does not wait for the block`,
        );
      }
    }
  });

  it('float32: each matrix is widened once, from weights alone, for the runtime to fold', async () => {
    const checkpoint = await openCheckpoint(join(checkpointFixtures, 'tiny-qwen3-untied-sharded', 'sft'));
    for (const bytes of models(checkpoint, 'float32')) {
      const { matrices, readers, decided } = parse(bytes);
      assert.ok(matrices.length > 0);
      for (const nodes of readers) {
        assert.deepEqual(
          nodes.map(({ opType }) => opType),
          ['Cast'],
        );
        assert.ok(!decided.has(nodes[0]!.output[0]!));
      }
    }
  });

  it('of a float32 checkpoint are the same, however they are to be held', async () => {
    const checkpoint = await openCheckpoint(join(checkpointFixtures, 'tiny-llama-untied-f32', 'sft'));
    const expected = models(checkpoint, 'float32');
    for (const held of ['cast', 'lookup'] as const) assert.deepEqual(models(checkpoint, held), expected);
  });

  it('lookup: pairs lie within the tensor, and one of an odd number of elements is held as float32', () => {
    const weight = { name: 'w', dtype: 'F16', location: 'file', begin: 10 } as const;
    const held = (shape: readonly number[]) => {
      const scope = new GraphScope(new Initializers());
      const byteLength = 2 * shape.reduce((product, size) => product * size, 1);
      weightMatrix(scope, { ...weight, shape, byteLength }, 'lookup')(scope, 'x' as Value);
      const { dataType, dims, externalData } = scope.initializers.protos[0]!;
      return { dataType, dims, bytes: externalData.find(({ key }) => key === 'length')!.value };
    };
    assert.deepEqual(held([3, 4]), { dataType: TensorProto_DataType.UINT32, dims: [6n, 1n], bytes: '24' });
    assert.deepEqual(held([3, 3]), { dataType: TensorProto_DataType.FLOAT16, dims: [3n, 3n], bytes: '18' });
  });

  describe('every bit pattern', () => {
    let folder: string;
    before(() => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'patterns-')));
      const patterns = new DataView(new ArrayBuffer(2 ** 17));
      for (let bits = 0; bits < 2 ** 16; bits++) patterns.setUint16(2 * bits, bits, true);
      // Tensors may begin anywhere in their file.
      writeFileSync(join(folder, 'w'), Buffer.concat([Buffer.alloc(3), Buffer.from(patterns.buffer)]));
    });
    after(() => rmSync(folder, { recursive: true }));

    const shape = [256, 256];
    const weight = { name: 'w', shape, location: 'w', begin: 3, byteLength: 2 ** 17 };
    for (const held of ['float32', 'cast', 'lookup'] as const) {
      for (const [dtype, decode] of [
        ['BF16', bfloat16ToFloat],
        ['F16', float16ToFloat],
      ] as const) {
        it(`${held}: of ${dtype} is widened to its value`, async () => {
          const scope = new GraphScope(new Initializers());
          scope.named(weightMatrix(scope, { ...weight, dtype }, held)(scope, 'x' as Value)[0], 'y');
          const outputs = [{ name: 'y', type: 'float32', shape }] as const;
          const bytes = modelBytes(scope.graph('g', outputs, [{ name: 'x', type: 'float32', shape: ['T', 2] }]));
          const session = await createSession(bytes, { device: 'cpu', threads: 1, spinning: false }, folder);
          try {
            const { y } = await session.run({ x: float32(Float32Array.of(1, 2, 3, 4), [2, 2]) });
            const widened = y!.data as Float32Array;
            const wrong = Array.from(widened.keys()).filter((bits) => !Object.is(widened[bits], decode(bits)));
            assert.deepEqual(wrong, []);
            assert.equal(widened.length, 2 ** 16);
          } finally {
            await session.release();
          }
        });
      }
    }
  });
});
