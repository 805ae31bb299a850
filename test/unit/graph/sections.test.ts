import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { bool, createSession, float32 } from '../../../src/engine/device/runtime.ts';
import { weightFiles } from '../../../src/engine/sessions/weightFiles.ts';
import { attentionChunks } from '../../../src/graph/layers/attention/attentionChunks.ts';
import { type GraphProto, ModelProtoSchema } from '../../../src/graph/onnx/gen/onnx-ml_pb.ts';
import { GraphScope } from '../../../src/graph/onnx/graphScope.ts';
import { Initializers } from '../../../src/graph/onnx/initializers.ts';
import type { Value } from '../../../src/graph/onnx/value.ts';
import { modelBytes, segmentModel } from '../../../src/graph/segmentModel.ts';
import { checkpointFixtures } from '../../paths.ts';

const x = 'x' as Value;
const runs = 'runs' as Value;
const inputs = [
  { name: 'x', type: 'float32', shape: ['T'] },
  { name: 'runs', type: 'bool', shape: [] },
] as const;

/** `2x + x` and `(2x)²`, in two sections with a node before, between and after. */
function example(section: (scope: GraphScope, build: () => Value[]) => Value[]): GraphProto {
  const scope = new GraphScope(new Initializers());
  const same = scope.op('Identity', [x]);
  const [doubled, again] = section(scope, () => {
    const sum = scope.op('Add', [same, same]);
    // The first is read inside alone, the sum inside and after.
    const negative = scope.op('Neg', [sum]);
    return [sum, scope.op('Neg', [negative])];
  }) as [Value, Value];
  const between = scope.op('Identity', [again]);
  const [squared] = section(scope, () => [scope.op('Mul', [between, doubled])]) as [Value];
  scope.named(scope.op('Add', [doubled, same]), 'sum');
  scope.named(squared, 'square');
  return scope.graph(
    'g',
    [
      { name: 'sum', type: 'float32' },
      { name: 'square', type: 'float32' },
    ],
    inputs,
  );
}

const inOne = (_: GraphScope, build: () => Value[]) => build();
const inItsOwn = (scope: GraphScope, build: () => Value[]) => scope.section(runs, build);

async function valuesOf(graph: GraphProto): Promise<number[][]> {
  const session = await createSession(modelBytes(graph), { device: 'cpu', threads: 1, spinning: false }, tmpdir());
  try {
    const outputs = await session.run({ x: float32(Float32Array.of(1, 2, -3), [3]), runs: bool(true) });
    return ['sum', 'square'].map((name) => Array.from(outputs[name]!.data as Float32Array));
  } finally {
    await session.release();
  }
}

function attributeNodes(bytes: Uint8Array): string[] {
  const graph = fromBinary(ModelProtoSchema, bytes).graph!;
  const choice = graph.node.find(({ opType }) => opType === 'If')!;
  const branch = choice.attribute.find(({ name }) => name === 'then_branch')!.g!;
  return branch.node.map(({ opType }) => opType);
}

describe('sections of a graph', () => {
  it('give what the graph gives without them', async () => {
    const expected = [
      [3, 6, -9],
      [4, 16, 36],
    ];
    assert.deepEqual(await valuesOf(example(inOne)), expected);
    assert.deepEqual(await valuesOf(example(inItsOwn)), expected);
  });

  it('give only values that are read after them, and keep the order', () => {
    const { node } = example(inItsOwn);
    assert.deepEqual(
      node.map(({ opType }) => opType),
      ['Identity', 'If', 'Identity', 'If', 'Add', 'Identity', 'Identity'],
    );
    const sections = node.filter(({ opType }) => opType === 'If');
    for (const [i, { output, attribute }] of sections.entries()) {
      assert.equal(output.length, [2, 1][i]);
      for (const { g } of attribute) assert.equal(g!.output.length, output.length);
    }
  });

  it('may be left out where something stands in for what they give, and only there', async () => {
    const build = (stand: boolean) => {
      const scope = new GraphScope(new Initializers());
      const doubled = scope.section(
        runs,
        () => scope.op('Add', [x, x]),
        (given) => new Map(stand ? [[given, x]] : []),
      );
      scope.named(scope.op('Identity', [doubled]), 'y');
      return scope.graph('g', [{ name: 'y', type: 'float32' }], inputs);
    };
    assert.throws(() => build(false), /read after a section that may be left out/);
    const settings = { device: 'cpu', threads: 1, spinning: false } as const;
    const session = await createSession(modelBytes(build(true)), settings, tmpdir());
    try {
      for (const [wanted, expected] of [
        [true, [2, 4]],
        [false, [1, 2]],
      ] as const) {
        const { y } = await session.run({ x: float32(Float32Array.of(1, 2), [2]), runs: bool(wanted) });
        assert.deepEqual([...(y!.data as Float32Array)], expected);
      }
    } finally {
      await session.release();
    }
  });

  it('hold all of attribution that grows with the layers', async () => {
    const folder = join(checkpointFixtures, 'tiny-qwen3-untied-sharded', 'sft');
    const checkpoint = await openCheckpoint(folder);
    const { architecture } = checkpoint;
    const files = weightFiles(checkpoint);
    const nodes = (from: number, to: number) =>
      attributeNodes(segmentModel(architecture, { from, to }, (tensor) => files.locate(tensor), 'float32'));
    const { layers } = architecture;
    assert.ok(layers > 1);
    const [one, all] = [nodes(layers - 1, layers), nodes(0, layers)];
    const sections = (types: readonly string[]) => types.filter((type) => type === 'If').length;
    // The last layer's forward and backward share one; of another its forward is one, each chunk of attention's backward,
    // and what comes before and after it.
    assert.equal(sections(one), 1);
    assert.equal(sections(all), 1 + (layers - 1) * (3 + attentionChunks));
    assert.equal(all.length - sections(all), one.length - sections(one));
  });
});
