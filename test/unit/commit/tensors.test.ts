import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair } from '../../../src/checkpoint/pair.ts';
import { isWeightDtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import type { TensorSpec } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { chunksOf, rowLength } from '../../../src/commit/chunks.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { FuseKernel } from '../../../src/kernels/fuseKernel.ts';
import { writeTiny } from '../checkpoint/tinyCheckpoint.ts';
import { convertedBits, elements, elementsOf, fusedBits, randomBits } from '../kernels/reference.ts';
import { handMadePair } from './handMadePair.ts';

const { chunkBytes } = await FuseKernel.load();

function bytesOf({ shards, tensors }: Checkpoint, name: string, folder?: string): Uint8Array {
  const { shard, begin, byteLength } = tensors.get(name)!;
  const { path, name: file } = shards[shard]!;
  const bytes = readFileSync(folder === undefined ? path : join(folder, file));
  return Uint8Array.from(bytes.subarray(begin, begin + byteLength));
}

/** The tensor as the formula has it, element by element, in the SFT side's dtype. */
function expectedBytes(pair: CheckpointPair, name: string, alpha: number, resetSet: ReadonlyMap<string, Uint32Array>) {
  const { dtype, shape } = pair.sft.tensors.get(name)!;
  const sftBytes = bytesOf(pair.sft, name);
  const entry = pair.baseEntry(name);
  if (!isWeightDtype(dtype) || entry === undefined || !isWeightDtype(entry.dtype)) return sftBytes;
  const [sft, base] = [elementsOf(dtype, sftBytes), elementsOf(entry.dtype, bytesOf(pair.base, entry.name))];
  const [projection, kind] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
  const selected = new Set(resetSet.get(projection));
  const byColumn = /(o_proj|down_proj)$/.test(projection);
  const width = rowLength(shape);
  for (let i = 0; i < sft.length; i++) {
    const neuron = byColumn ? i % width : Math.floor(i / width);
    const reset = selected.has(neuron) && !(byColumn && kind === 'bias');
    sft[i] = reset
      ? convertedBits(entry.dtype, dtype, base[i]!)
      : fusedBits(dtype, sft[i]!, base[i]!, alpha, entry.dtype);
  }
  return new Uint8Array(sft.buffer);
}

describe('committed tensors', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function check(pair: CheckpointPair, alpha: number, reset: Record<string, readonly number[]> = {}) {
    const resetSet = new Map(Object.entries(reset).map(([name, neurons]) => [name, Uint32Array.from(neurons)]));
    const out = join(folder, `out-${alpha}`);
    const manifest = () => ({});
    // One alpha by threads, the others in this one.
    const workers = alpha === 0.3 ? 2 : undefined;
    const files = await commitCheckpoint({ pair, alpha, resetSet, out, overwrite: false, manifest, workers });
    for (const { name, path, dataStart } of pair.sft.shards) {
      const [made, source] = [readFileSync(join(out, name)), readFileSync(path)];
      assert.equal(made.length, source.length);
      assert.ok(made.subarray(0, dataStart).equals(source.subarray(0, dataStart)), `the header of ${name}`);
      assert.ok(files.some((file) => file.name === name && file.bytes === made.length));
    }
    for (const name of pair.sft.tensors.keys()) {
      const same = Buffer.from(expectedBytes(pair, name, alpha, resetSet)).equals(bytesOf(pair.sft, name, out));
      assert.ok(same, `${name}, alpha ${alpha}`);
    }
  }

  const mlp = 'model.layers.0.mlp';
  const attention = 'model.layers.0.self_attn';

  it('mixes dtypes, copies what is no float, resets rows with their biases and columns without', async () => {
    const specs: TensorSpec[] = [
      { name: `${attention}.q_proj.weight`, dtype: 'BF16', shape: [24, 7] },
      { name: `${attention}.q_proj.bias`, dtype: 'F32', shape: [24] },
      { name: `${attention}.o_proj.weight`, dtype: 'F16', shape: [9, 24] },
      { name: `${attention}.o_proj.bias`, dtype: 'F16', shape: [9] },
      { name: `${mlp}.gate_proj.weight`, dtype: 'F32', shape: [13, 5] },
      { name: `${mlp}.down_proj.weight`, dtype: 'F32', shape: [5, 13] },
      { name: 'model.norm.weight', dtype: 'BF16', shape: [9] },
      { name: 'model.scale.weight', dtype: 'F32', shape: [] },
      { name: 'model.empty.weight', dtype: 'BF16', shape: [0, 4] },
      { name: 'model.none.weight', dtype: 'BF16', shape: [4, 0] },
      { name: 'model.steps.weight', dtype: 'I64', shape: [3] },
      { name: 'model.flags.weight', dtype: 'BOOL', shape: [5] },
    ];
    const [first, second] = [specs.slice(0, 5), specs.slice(5)];
    const pair = handMadePair(folder, [first, second], [second.toReversed(), first]);
    for (const alpha of [0, 0.3, 0.5, 0.9999, 1]) {
      await check(pair, alpha, {
        [`${attention}.q_proj`]: [0, 3, 23],
        [`${attention}.o_proj`]: [1, 2, 23],
        [`${mlp}.gate_proj`]: [12],
        [`${mlp}.down_proj`]: [0, 12],
      });
    }
  });

  for (const sftDtype of ['BF16', 'F16', 'F32'] as const) {
    for (const baseDtype of ['BF16', 'F16', 'F32'] as const) {
      if (sftDtype === baseDtype) continue;
      it(`fuses ${sftDtype} with a base of ${baseDtype}, resets to its converted rows and columns`, async () => {
        const shape = [311, 601];
        const specs = (dtype: 'BF16' | 'F16' | 'F32'): TensorSpec[] => [
          { name: `${mlp}.up_proj.weight`, dtype, shape },
          { name: `${mlp}.up_proj.bias`, dtype, shape: [311] },
          { name: `${mlp}.down_proj.weight`, dtype, shape },
        ];
        const pair = handMadePair(folder, [specs(sftDtype)], [specs(baseDtype)]);
        for (const alpha of [0, 0.3, 1]) {
          await check(pair, alpha, { [`${mlp}.up_proj`]: [0, 108, 109, 310], [`${mlp}.down_proj`]: [0, 300, 600] });
        }
      });
    }
  }

  it('writes what the base does not have as the SFT side has it', async () => {
    const specs: TensorSpec[] = [{ name: `${mlp}.up_proj.weight`, dtype: 'BF16', shape: [3, 2] }];
    const own: TensorSpec = { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', dtype: 'F32', shape: [8] };
    await check(handMadePair(folder, [[...specs, own]], [specs]), 0.5);
  });

  it('cuts tensors into chunks at whole rows, in order, whatever their width', async () => {
    const shape = [311, 601];
    const pair = handMadePair(folder, [
      [
        { name: `${mlp}.up_proj.weight`, dtype: 'F32', shape },
        { name: `${mlp}.down_proj.weight`, dtype: 'BF16', shape },
      ],
    ]);
    const lastOfChunk = Math.floor(chunkBytes / (601 * 4)) - 1;
    await check(pair, 0.5, {
      [`${mlp}.up_proj`]: [0, lastOfChunk, lastOfChunk + 1, 310],
      [`${mlp}.down_proj`]: [0, 300, 600],
    });
  });

  it('cuts rows that are longer than a chunk', async () => {
    const width = chunkBytes / 4 + 1001;
    const pair = handMadePair(folder, [
      [
        { name: `${mlp}.up_proj.weight`, dtype: 'F32', shape: [3, width] },
        { name: `${mlp}.down_proj.weight`, dtype: 'F32', shape: [2, width] },
      ],
    ]);
    const edge = chunkBytes / 4;
    await check(pair, 0.3, {
      [`${mlp}.up_proj`]: [1],
      [`${mlp}.down_proj`]: [0, edge - 1, edge, edge + 1, width - 1],
    });
  });

  for (const dtype of ['BF16', 'F16', 'F32'] as const) {
    it(`${dtype}: rows and vectors longer than a chunk, tensors of several, columns at odd widths`, async () => {
      const edge = chunkBytes / elements[dtype].size;
      const long = edge + 1001;
      const several = Math.ceil(edge / 601) + 300;
      const spec = (name: string, ...shape: number[]): TensorSpec => ({ name, dtype, shape });
      const cut = [0, edge - 1, edge, edge + 1, long - 1];
      const tensors = [
        spec(`${attention}.q_proj.weight`, 3, long),
        spec(`${mlp}.gate_proj.weight`, long, 1),
        spec(`${mlp}.gate_proj.bias`, long),
      ];
      const columns = [spec(`${attention}.o_proj.weight`, 2, long), spec(`${mlp}.down_proj.weight`, several, 601)];
      const reset = {
        [`${attention}.q_proj`]: [1],
        [`${mlp}.gate_proj`]: cut,
        [`${attention}.o_proj`]: cut,
        [`${mlp}.down_proj`]: [0, 1, 300, 599, 600],
      };
      // Rows are copied the same way whatever alpha is, and the reference takes its time: they are left out of 0.3.
      const whole = handMadePair(mkdtempSync(join(folder, 'whole-')), [tensors, columns]);
      for (const alpha of [0, 1]) await check(whole, alpha, reset);
      const fused = handMadePair(mkdtempSync(join(folder, 'fused-')), [columns]);
      const { [`${attention}.o_proj`]: o, [`${mlp}.down_proj`]: down } = reset;
      await check(fused, 0.3, { [`${attention}.o_proj`]: o!, [`${mlp}.down_proj`]: down! });
    });
  }

  it('fuses a head that only the SFT side stores with the embeddings of the base', async () => {
    const embedding: TensorSpec = { name: 'model.embed_tokens.weight', dtype: 'BF16', shape: [8, 4] };
    const head: TensorSpec = { ...embedding, name: 'lm_head.weight' };
    const made = handMadePair(folder, [[embedding, head]], [[embedding]]);
    const { base } = made;
    const pair = { ...made, baseEntry: () => base.tensors.get('model.embed_tokens.weight')! };
    await check(pair, 0.5);
  });

  it('fuses such a head of real checkpoints, and it stays tied', async () => {
    const [embedding, head] = ['model.embed_tokens.weight', 'lm_head.weight'];
    const config = { tie_word_embeddings: true };
    const base = await writeTiny(join(folder, 'base'), {
      config,
      fill: { [embedding]: 0x3f },
      tensors: (tensors) => tensors.delete(head),
    });
    const sft = await writeTiny(join(folder, 'sft'), {
      config,
      fill: { [embedding]: 0x40, [head]: 0x40 },
      tensors: (tensors) => tensors.set(head, tensors.get(embedding)!),
    });
    const pair = await checkPair(await openCheckpoint(base), await openCheckpoint(sft));
    await check(pair, 0.5);
    const made = await openCheckpoint(join(folder, 'out-0.5'));
    const bits = fusedBits('BF16', 0x4040, 0x3f3f, 0.5);
    for (const name of [embedding, head]) {
      assert.deepEqual(new Set(elementsOf('BF16', bytesOf(made, name))), new Set([bits]), name);
    }
  });

  it('keeps every tensor in its place when the header lists them in another order', async () => {
    const random = randomBits(31);
    for (const side of ['base', 'sft']) {
      const path = join(await writeTiny(join(folder, side)), 'model.safetensors');
      const bytes = readFileSync(path);
      const end = 8 + Number(bytes.readBigUInt64LE());
      const listed = Object.entries(JSON.parse(bytes.subarray(8, end).toString()) as Record<string, unknown>);
      // The base keeps its order, so that both orders meet in one commit.
      if (side === 'sft') listed.reverse();
      bytes.fill(' ', 8, end);
      bytes.write(JSON.stringify(Object.fromEntries(listed)), 8);
      for (let at = end; at < bytes.length; at++) bytes[at] = random() & 0xff;
      writeFileSync(path, bytes);
    }
    const pair = await checkPair(await openCheckpoint(join(folder, 'base')), await openCheckpoint(join(folder, 'sft')));
    await check(pair, 0.3, { [`${mlp}.up_proj`]: [1, 5], [`${mlp}.down_proj`]: [0, 4] });
  });

  it('refuses a reset set of neurons that are not there', async () => {
    const pair = handMadePair(folder, [[{ name: `${mlp}.up_proj.weight`, dtype: 'F32', shape: [3, 2] }]]);
    await assert.rejects(check(pair, 0.5, { [`${mlp}.up_proj`]: [3] }), /names neurons that .*up_proj does not have/);
    await assert.rejects(check(pair, 0.5, { [`${mlp}.gate_proj`]: [0] }), /names neurons that .*gate_proj does not/);
  });
});

describe('chunks', () => {
  for (const [rows, row, most] of [
    [10, 6, 64],
    [1, 64, 64],
    [7, 64, 64],
    [3, 66, 64],
    [2, 200, 64],
    [100, 2, 64],
  ] as const) {
    it(`cover ${rows} rows of ${row} elements once, at most ${most} at a time`, () => {
      let end = 0;
      for (const { begin, count, column } of chunksOf([rows, row], most)) {
        assert.equal(begin, end);
        assert.ok(count > 0 && count <= most);
        assert.equal(column, begin % row);
        // Whole rows, or a piece of one.
        assert.ok(count % row === 0 || (begin % row) + count <= row);
        end = begin + count;
      }
      assert.equal(end, rows * row);
    });
  }

  it('cover every element once, whatever the sizes', () => {
    const random = randomBits(41);
    const upTo = (most: number) => 1 + (random() % most);
    for (let trial = 0; trial < 3000; trial++) {
      const row = upTo(40);
      const most = upTo(30);
      const rows = random() % 12;
      const said = JSON.stringify({ rows, row, most });
      const covered = new Uint8Array(rows * row);
      for (const { begin, count, column } of chunksOf([rows, row], most)) {
        assert.ok(count > 0 && count <= most, said);
        assert.equal(column, begin % row, said);
        // Whole rows where one fits; otherwise a piece of one, as large as can be.
        if (row <= most) assert.equal((begin % row) + (count % row), 0, said);
        else assert.equal(count, Math.min(most, row - (begin % row)), said);
        for (let i = begin; i < begin + count; i++) covered[i]!++;
      }
      assert.ok(
        covered.every((times) => times === 1),
        said,
      );
    }
  });
});
