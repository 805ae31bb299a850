import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../../../src/checkpoint/pair.ts';
import { readSafetensors, readSafetensorsHeader } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { indexName } from '../../../src/checkpoint/shards/weightNames.ts';
import { InputError, Interrupted } from '../../../src/errors.ts';
import { readFault } from '../../../src/files/reading/fileFault.ts';
import { inputKinds } from '../../../src/files/reading/inputKind.ts';
import { hashInput } from '../../../src/files/reading/readInput.ts';
import { checkpointFixtures, sampleFolder } from '../../paths.ts';
import { rawSafetensors, type Tensors, type TinyOptions, tinyTokenizer, writeTiny } from './tinyCheckpoint.ts';

describe('checkpoints', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'checkpoint-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function pairOf(base: TinyOptions, sft: TinyOptions) {
    return checkPair(
      await openCheckpoint(await writeTiny(join(folder, 'base'), base)),
      await openCheckpoint(await writeTiny(join(folder, 'sft'), sft)),
    );
  }

  it('opens every fixture and the sample as a pair, each tensor where its bytes are', async () => {
    const names = (await readdir(checkpointFixtures, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    assert.equal(names.length, 7);
    const pairs = names.map(
      ({ name }) => [join(checkpointFixtures, name, 'base'), join(checkpointFixtures, name, 'sft')] as const,
    );
    for (const sft of ['sft-mod', 'sft-over']) pairs.push([join(sampleFolder, 'base'), join(sampleFolder, sft)]);
    for (const [base, sft] of pairs) {
      const pair = await checkPair(await openCheckpoint(base), await openCheckpoint(sft));
      for (const [index, shard] of pair.sft.shards.entries()) {
        const bytes = await readFile(shard.path);
        assert.equal(bytes.length, shard.byteLength);
        for (const [name, { dtype, shape, data }] of await readSafetensors(shard.path)) {
          const entry = pair.sft.tensors.get(name)!;
          assert.deepEqual([entry.shard, entry.dtype, entry.shape], [index, dtype, shape]);
          assert.deepEqual(bytes.subarray(entry.begin, entry.begin + entry.byteLength), Buffer.from(data));
          assert.equal(pair.baseEntry(name)?.byteLength, entry.byteLength);
        }
      }
    }
  });

  it('follows the symlinks of a Hub cache, whichever folder they lead to', async () => {
    const blobs = join(folder, 'blobs');
    const snapshot = join(folder, 'snapshots', 'abc');
    await writeTiny(blobs, { shards: 3, files: { 'tokenizer_config.json': '{}' } });
    await mkdir(snapshot, { recursive: true });
    for (const [i, name] of (await readdir(blobs)).entries()) {
      await rename(join(blobs, name), join(blobs, `blob${i}`));
      await symlink(join('../../blobs', `blob${i}`), join(snapshot, name));
    }
    const checkpoint = await openCheckpoint(snapshot);
    assert.equal(checkpoint.folder, snapshot);
    assert.equal(checkpoint.indexName, 'model.safetensors.index.json');
    assert.equal(checkpoint.tokenizerPath, join(snapshot, 'tokenizer.json'));
    assert.equal(checkpoint.tokenizerConfigPath, join(snapshot, 'tokenizer_config.json'));
    assert.deepEqual(
      checkpoint.shards.map(({ name }) => name),
      ['model-00001-of-00003.safetensors', 'model-00002-of-00003.safetensors', 'model-00003-of-00003.safetensors'],
    );
    for (const shard of checkpoint.shards) assert.ok(shard.path.startsWith(join(blobs, 'blob')), shard.path);
  });

  it('prefers a single file to an index, as transformers does', async () => {
    await writeTiny(folder, { files: { 'model.safetensors.index.json': 'not read' } });
    const checkpoint = await openCheckpoint(folder);
    assert.equal(checkpoint.indexName, undefined);
    assert.equal(checkpoint.tokenizerConfigPath, undefined);
    assert.deepEqual(
      checkpoint.shards.map(({ name }) => name),
      ['model.safetensors'],
    );
  });

  it('takes mixed dtypes, a head bias, and buffers that every version computes itself', async () => {
    await writeTiny(folder, {
      tensors: (tensors) => {
        tensors.set('model.norm.weight', { dtype: 'F32', shape: [4] });
        tensors.set('lm_head.bias', { dtype: 'F16', shape: [8] });
        tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { dtype: 'F32', shape: [1] });
      },
    });
    const { architecture, tensors } = await openCheckpoint(folder);
    assert.equal(architecture.headBias, true);
    assert.equal(tensors.get('model.norm.weight')?.byteLength, 16);
  });

  it('takes a stored head that equals the embeddings it is tied to', async () => {
    const head = 'lm_head.weight';
    await writeTiny(folder, {
      config: { tie_word_embeddings: true },
      tensors: (tensors) => tensors.set(head, { dtype: 'BF16', shape: [8, 4] }),
      fill: { [head]: 5, 'model.embed_tokens.weight': 5 },
    });
    const { architecture, tensors } = await openCheckpoint(folder);
    assert.equal(architecture.tiedEmbeddings, true);
    assert.ok(tensors.has(head));
  });

  it('pairs a head that only the SFT side stores with the embedding of the tied base', async () => {
    const pair = await pairOf({ config: { tie_word_embeddings: true } }, {});
    assert.equal(pair.baseEntry('lm_head.weight')?.name, 'model.embed_tokens.weight');
  });

  it('pairs a base that stores the tied head with an SFT side that does not', async () => {
    const equal = { 'lm_head.weight': 7, 'model.embed_tokens.weight': 7 };
    const pair = await pairOf({ fill: equal }, { config: { tie_word_embeddings: true } });
    assert.equal(pair.sft.tensors.has('lm_head.weight'), false);
  });

  for (const prefix of ['_orig_mod.', 'module.', 'base_model.model.', 'language_model.', 'module._orig_mod.']) {
    it(`reads over "${prefix}" before every name, in one file and in shards, and says so`, async () => {
      const wrap = (tensors: Tensors) => {
        const plain = [...tensors];
        tensors.clear();
        for (const [name, tensor] of plain) tensors.set(prefix + name, tensor);
      };
      for (const shards of [0, 2]) {
        const pair = await pairOf({ shards }, { tensors: wrap, shards });
        const place = join(folder, 'sft');
        assert.deepEqual(pair.notes, [
          `The names of the tensors in "${place}" begin with "${prefix}", which is read over.`,
          `A committed checkpoint keeps "${prefix}".`,
        ]);
        assert.deepEqual([...pair.sft.tensors.keys()].sort(), [...pair.base.tensors.keys()].sort());
        assert.equal(pair.sft.tensors.get('model.norm.weight')?.name, 'model.norm.weight');
        await rm(folder, { recursive: true });
        await mkdir(folder);
      }
    });
  }

  it('takes a tied head that the index lists, the file holds, or both', async () => {
    const head = 'lm_head.weight';
    const config = { tie_word_embeddings: true };
    const store = (tensors: Tensors) => tensors.set(head, { dtype: 'BF16', shape: [8, 4] });
    const indexOf = async (options: TinyOptions) =>
      JSON.parse(await readFile(join(await writeTiny(join(folder, 'plain'), options), indexName), 'utf8'));
    const { weight_map: listed } = await indexOf({ config, shards: 2, tensors: store });
    await writeTiny(join(folder, 'a'), {
      config,
      shards: 2,
      files: { [indexName]: JSON.stringify({ weight_map: listed }) },
    });
    assert.equal((await openCheckpoint(join(folder, 'a'))).tensors.has(head), false);
    const { [head]: _, ...rest } = listed;
    await writeTiny(join(folder, 'b'), {
      config,
      shards: 2,
      tensors: store,
      files: { [indexName]: JSON.stringify({ weight_map: rest }) },
    });
    assert.equal((await openCheckpoint(join(folder, 'b'))).tensors.has(head), true);
  });

  it('takes null for no metadata, as the safetensors library does', async () => {
    const header = '{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const path = join(folder, 'a.safetensors');
    await mkdir(folder, { recursive: true });
    await writeFile(path, rawSafetensors(header, 1));
    assert.equal((await readSafetensorsHeader(path)).metadata.size, 0);
  });

  it('pairs checkpoints that are run otherwise or stored in another precision, and says so', async () => {
    const pair = await pairOf(
      { config: { rms_norm_eps: 1e-5 } },
      {
        config: { rope_theta: 500_000, rope_scaling: { type: 'linear', factor: 2 }, max_position_embeddings: 128 },
        tensors: (tensors) => {
          for (const [name, { shape }] of tensors) tensors.set(name, { dtype: 'F32', shape });
        },
      },
    );
    assert.deepEqual(pair.notes, [
      'Base and SFT differ in "rms_norm_eps" (0.00001 and 0.000001), "rope_theta" (10000 and 500000), the scaling of rotary ' +
        'embeddings (none and linear by 2) and "max_position_embeddings" (64 and 128): each is measured with its own, and a ' +
        "committed checkpoint gets the SFT's config.json.",
    ]);
    assert.equal(pair.baseEntry('model.norm.weight')?.dtype, 'BF16');
    assert.equal(pair.sft.tensors.get('model.norm.weight')?.dtype, 'F32');
  });

  it('takes no notice of buffers that one side stores, whatever their shape', async () => {
    const name = 'model.layers.0.self_attn.rotary_emb.inv_freq';
    const add = (size: number) => (tensors: Tensors) => tensors.set(name, { dtype: 'F32', shape: [size] });
    await pairOf({ tensors: add(1) }, {});
    await pairOf({ tensors: add(1) }, { tensors: add(2) });
    const pair = await pairOf({}, { tensors: add(1) });
    assert.equal(pair.baseEntry(name), undefined);
  });

  it('pairs checkpoints whose longest sequence, sharding and cut of the tokenizer differ', async () => {
    const { model, pre_tokenizer: byteLevel } = tinyTokenizer;
    const { byte_fallback: _, ...oldModel } = model;
    const oldTokenizer = {
      ...tinyTokenizer,
      truncation: { max_length: 8 },
      padding: { length: 8 },
      post_processor: { type: 'ByteLevel' },
      decoder: null,
      added_tokens: tinyTokenizer.added_tokens.map((token) => ({ ...token, special: false })),
      pre_tokenizer: { type: byteLevel.type, trim_offsets: false, add_prefix_space: false },
      model: { ...oldModel, vocab: { ab: 2, b: 1, a: 0 }, merges: ['a b'], continuing_subword_prefix: '' },
    };
    const pair = await pairOf({}, { config: { max_position_embeddings: 128 }, shards: 2, tokenizer: oldTokenizer });
    assert.equal(pair.sft.shards.length, 2);
  });

  it('hashes a file in a stream, telling the bytes done, and stops when told', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'abc');
    let bytes = 0;
    const { sha256: digest } = await hashInput(path, inputKinds.weights, undefined, (count) => {
      bytes += count;
    });
    // FIPS 180-4, the one-block example.
    assert.equal(digest, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(bytes, 3);
    await assert.rejects(hashInput(path, inputKinds.weights, AbortSignal.abort()), Interrupted);
    await assert.rejects(hashInput(join(folder, 'none'), inputKinds.weights), {
      name: 'InputError',
      message: /there is no such file/,
    });
  });

  it('puts a refused permission into words', () => {
    const fault = readFault(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }), '/model');
    assert.ok(fault instanceof InputError);
    assert.equal(fault.message, 'Cannot read "/model": permission is denied.');
    const other = new TypeError('a bug');
    assert.equal(readFault(other, '/model'), other);
  });
});
