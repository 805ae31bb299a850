import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../../../src/checkpoint/pair.ts';
import type { WeightDtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import { readSafetensors, readSafetensorsHeader } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import { shardName, type Tensors, type TinyOptions, tinyConfig, writeTiny } from '../checkpoint/tinyCheckpoint.ts';

const buffer = 'model.layers.0.self_attn.rotary_emb.inv_freq';
const addBuffer = (tensors: Tensors) => tensors.set(buffer, { dtype: 'F32', shape: [1] });

describe('commits in one dtype', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'dtype-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function commit(sft: TinyOptions, dtype: WeightDtype) {
    const [base, other] = [await writeTiny(join(folder, 'base')), await writeTiny(join(folder, 'sft'), sft)];
    const pair = await checkPair(await openCheckpoint(base), await openCheckpoint(other));
    const out = join(folder, 'out');
    const options = { pair, alpha: 0.5, resetSet: new Map(), out, overwrite: false, dtype };
    const files = await commitCheckpoint({ ...options, manifest: () => ({}) });
    for (const { name, bytes } of files) assert.equal(statSync(join(out, name)).size, bytes, name);
    return { out, text: (name: string) => readFileSync(join(out, name), 'utf8') };
  }

  it('have new headers with the same names, order and metadata, and buffers as they were', async () => {
    const wrap = (tensors: Tensors) => {
      addBuffer(tensors);
      const plain = [...tensors];
      tensors.clear();
      for (const [name, tensor] of plain) tensors.set(`module.${name}`, tensor);
    };
    const { out } = await commit({ tensors: wrap, fill: { [`module.${buffer}`]: 0x3f } }, 'F32');
    const [before, after] = [
      await readSafetensorsHeader(join(folder, 'sft', 'model.safetensors')),
      await readSafetensorsHeader(join(out, 'model.safetensors')),
    ];
    assert.deepEqual(after.metadata, new Map([['format', 'pt']]));
    assert.deepEqual(
      after.tensors.map(({ name, shape }) => [name, shape]),
      before.tensors.map(({ name, shape }) => [name, shape]),
    );
    assert.deepEqual(new Set(after.tensors.map(({ dtype }) => dtype)), new Set(['F32']));
    const { data } = (await readSafetensors(join(out, 'model.safetensors'))).get(`module.${buffer}`)!;
    assert.deepEqual([...data], [0x3f, 0x3f, 0x3f, 0x3f]);
    await openCheckpoint(out);
  });

  it('keep float32 buffers when everything else becomes two bytes', async () => {
    const { out } = await commit({ tensors: addBuffer }, 'F16');
    const { tensors } = await openCheckpoint(out);
    assert.equal(tensors.get(buffer)?.dtype, 'F32');
    assert.equal(tensors.get('model.norm.weight')?.dtype, 'F16');
  });

  it("tell the size of all tensors in the index, whose other parts stay the SFT's", async () => {
    const map = Object.fromEntries((await namesOf()).map((name, i) => [name, shardName(i % 2, 2)]));
    const index = `{\n    "weight_map": ${JSON.stringify(map)},\n    "metadata": {"total_size": 1, "total_parameters": 7}\n}\n`;
    const { out, text } = await commit({ shards: 2, files: { 'model.safetensors.index.json': index } }, 'F32');
    const { tensors, shards } = await openCheckpoint(out);
    assert.equal(shards.length, 2);
    const bytes = [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.equal(text('model.safetensors.index.json'), index.replace('"total_size": 1', `"total_size": ${bytes}`));
  });

  async function namesOf(): Promise<string[]> {
    const plain = await writeTiny(join(folder, 'plain'));
    const { tensors } = await readSafetensorsHeader(join(plain, 'model.safetensors'));
    return tensors.map(({ name }) => name);
  }

  const configs: readonly (readonly [string, string, string])[] = [
    ['transformers 4', '"torch_dtype": "float32"', '"torch_dtype": "bfloat16"'],
    ['transformers 5', '"dtype":"float32"', '"dtype":"bfloat16"'],
    ['both', '"dtype": "float32", "torch_dtype": null', '"dtype": "bfloat16", "torch_dtype": "bfloat16"'],
    ['what is right already', '"torch_dtype" : "bfloat16"', '"torch_dtype" : "bfloat16"'],
  ];
  for (const [what, before, after] of configs) {
    it(`say so in config.json, which is otherwise the SFT's: ${what}`, async () => {
      const config = (field: string) => `{\n\t${field},\n\t${JSON.stringify(tinyConfig).slice(1)}`;
      const { text } = await commit({ files: { 'config.json': config(before) } }, 'BF16');
      assert.equal(text('config.json'), config(after));
    });
  }

  for (const [version, name] of [
    ['4.51.0', 'torch_dtype'],
    ['5.1.0', 'dtype'],
    [undefined, 'torch_dtype'],
  ] as const) {
    it(`add the field that ${version ?? 'an unknown version of'} transformers writes where there is none`, async () => {
      const { text } = await commit({ config: { transformers_version: version } }, 'F16');
      const { [name]: dtype, ...rest } = JSON.parse(text('config.json'));
      assert.equal(dtype, 'float16');
      assert.deepEqual(rest, JSON.parse(readFileSync(join(folder, 'sft', 'config.json'), 'utf8')));
    });
  }

  it('copy headers and files that say the same already, byte for byte', async () => {
    const config = { torch_dtype: 'bfloat16' };
    const { out, text } = await commit({ config, shards: 2 }, 'BF16');
    for (const name of ['config.json', 'model.safetensors.index.json']) {
      assert.equal(text(name), readFileSync(join(folder, 'sft', name), 'utf8'));
    }
    const { shards } = await openCheckpoint(out);
    for (const { name, dataStart } of shards) {
      const [made, source] = [readFileSync(join(out, name)), readFileSync(join(folder, 'sft', name))];
      assert.ok(made.subarray(0, dataStart).equals(source.subarray(0, dataStart)));
    }
  });
});
