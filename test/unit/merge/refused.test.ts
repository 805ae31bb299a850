import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAdapterFolder, openAdapter } from '../../../src/checkpoint/adapter/openAdapter.ts';
import type { LoadedTensor } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { type AdapterChange, refusal } from './adapterFolder.ts';

const q = 'base_model.model.model.layers.0.self_attn.q_proj';
const config = '"DIR/adapter_config.json"';
const weights = '"DIR/adapter_model.safetensors"';
const mergeIt = 'merge it into its base with peft (merge_and_unload, save_pretrained) and give the merged folder';

const zeros = (dtype: LoadedTensor['dtype'], ...shape: number[]): LoadedTensor => {
  const bytes = { F32: 4, BF16: 2, F16: 2, I8: 1 }[dtype as 'F32'];
  return { dtype, shape, data: new Uint8Array(shape.reduce((product, size) => product * size, bytes)) };
};
const without =
  (...names: readonly string[]) =>
  (tensors: Map<string, LoadedTensor>) => {
    for (const name of names) assert.ok(tensors.delete(name), name);
  };
const withTensor = (name: string, tensor: LoadedTensor) => (tensors: Map<string, LoadedTensor>) => {
  tensors.set(name, tensor);
};

const variant = (field: string, value: unknown, name: string): readonly [string, AdapterChange, string] => [
  field,
  { config: { [field]: value } },
  `${config} is of ${name}; only plain LoRA is merged here: ${mergeIt}.`,
];
const kind = (type: string, instead = mergeIt): readonly [string, AdapterChange, string] => [
  type,
  { config: { peft_type: type } },
  `${config} is of an adapter of the kind "${type}"; only LORA is merged here: ${instead}.`,
];
const initial = (value: string): readonly [string, AdapterChange, string] => [
  `init_lora_weights ${value}`,
  { config: { init_lora_weights: value } },
  `${config} has "init_lora_weights" "${value}", which changes the base's weights before training: ` +
    'save it as plain LoRA (save_pretrained with path_initial_model_for_weight_conversion in peft), or merge it and give the merged folder.',
];
const noWeights = 'it changes no weights of its base and cannot be fused';

/** What is wrong, with which change, and what is said of it. */
const cases: readonly (readonly [string, AdapterChange, string])[] = [
  ...['IA3', 'VERA', 'LOHA', 'LOKR', 'OFT', 'BOFT', 'ADALORA', 'XLORA', 'RANDLORA', 'NEW'].map((type) => kind(type)),
  ...['PROMPT_TUNING', 'P_TUNING', 'PREFIX_TUNING', 'ADAPTION_PROMPT'].map((type) => kind(type, noWeights)),
  variant('use_dora', true, 'DoRA'),
  variant('use_qalora', true, 'QA-LoRA'),
  variant('use_bdlora', { target_modules_bd_a: [] }, 'BD-LoRA'),
  variant('arrow_config', {}, 'Arrow'),
  variant('alora_invocation_tokens', [1, 2], 'aLoRA, which acts only after its invocation tokens'),
  variant('layer_replication', [[0, 1]], 'LoRA on replicated layers ("layer_replication")'),
  variant('target_parameters', ['mlp.experts.gate_up_proj'], 'LoRA on single parameters ("target_parameters")'),
  variant('fan_in_fan_out', true, 'LoRA on transposed weights ("fan_in_fan_out")'),
  ...['pissa', 'pissa_niter_16', 'olora', 'corda', 'loftq', 'lora_ga'].map(initial),
  ['a rank of 0', { config: { r: 0 } }, `${config}: "r" must be a whole number from 1 up, not 0.`],
  ['an alpha in words', { config: { lora_alpha: 'NaN' } }, `${config}: "lora_alpha" must be a number, not "NaN".`],
  [
    'a pattern of alphas in words',
    { config: { alpha_pattern: { q_proj: 'x' } } },
    `${config}: "alpha_pattern.q_proj" must be a number, not "x".`,
  ],
  [
    'another rank',
    { config: { r: 8 } },
    `${weights}: tensor "${q}.lora_A.weight" has the shape [4, 32] and so the rank 4, but ${config} gives "model.layers.0.self_attn.q_proj" the rank 8.`,
  ],
  [
    'another rank by a pattern',
    { config: { rank_pattern: { 'layers\\.0\\.self_attn\\.q_proj': 2 } } },
    `${weights}: tensor "${q}.lora_A.weight" has the shape [4, 32] and so the rank 4, but ${config} gives "model.layers.0.self_attn.q_proj" the rank 2.`,
  ],
  [
    'a missing B',
    { tensors: without(`${q}.lora_B.weight`) },
    `${weights}: tensor "${q}.lora_A.weight" has no partner "${q}.lora_B.weight": the adapter was not saved completely.`,
  ],
  [
    'a missing A',
    { tensors: without(`${q}.lora_A.weight`) },
    `${weights}: tensor "${q}.lora_B.weight" has no partner "${q}.lora_A.weight": the adapter was not saved completely.`,
  ],
  [
    'a missing module',
    { tensors: without(`${q}.lora_A.weight`, `${q}.lora_B.weight`) },
    `${weights} has no tensors for "model.layers.0.self_attn.q_proj", which ${config} selects: the adapter was not saved completely, or is of another base.`,
  ],
  [
    'a module that is not selected',
    { config: { target_modules: ['v_proj'] } },
    `${weights}: tensor "${q}.lora_A.weight" changes "model.layers.0.self_attn.q_proj", which ${config} does not select.`,
  ],
  [
    'a module that the base does not have',
    {
      tensors: (tensors) => {
        tensors.set('base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight', zeros('F32', 4, 32));
        tensors.set('base_model.model.model.layers.7.self_attn.q_proj.lora_B.weight', zeros('F32', 32, 4));
      },
    },
    `${weights}: tensor "base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight" changes "model.layers.7.self_attn.q_proj", which is no projection, embedding or head of this base.`,
  ],
  [
    'a whole tensor that the base does not have',
    { tensors: withTensor('base_model.model.score.weight', zeros('F32', 2, 32)) },
    `${weights}: tensor "base_model.model.score.weight" is no tensor of the base "BASE".`,
  ],
  [
    'the shape of another base',
    {
      tensors: withTensor(`${q}.lora_A.weight`, zeros('F32', 4, 64)),
    },
    `${weights}: tensor "${q}.lora_A.weight" has the shape [4, 64], which does not fit "model.layers.0.self_attn.q_proj.weight" of the base, [32, 32].`,
  ],
  [
    'the rows of another base',
    { tensors: withTensor(`${q}.lora_B.weight`, zeros('F32', 48, 4)) },
    `${weights}: tensor "${q}.lora_B.weight" has the shape [48, 4], which does not fit "model.layers.0.self_attn.q_proj.weight" of the base, [32, 32].`,
  ],
  [
    'an empty tensor of ZeRO-3',
    { tensors: withTensor(`${q}.lora_A.weight`, zeros('F32', 0)) },
    `${weights}: tensor "${q}.lora_A.weight" has the shape [0]: it was saved without being gathered (DeepSpeed ZeRO-3, FSDP). Save the adapter again from the gathered model.`,
  ],
  [
    'a matrix that is none',
    { tensors: withTensor(`${q}.lora_A.weight`, zeros('F32', 2, 2, 32)) },
    `${weights}: tensor "${q}.lora_A.weight" has the shape [2, 2, 32], which must have two axes.`,
  ],
  [
    'integers',
    { tensors: withTensor(`${q}.lora_A.weight`, zeros('I8', 4, 32)) },
    `${weights}: tensor "${q}.lora_A.weight" has the dtype I8; an adapter's must be BF16, F16 or F32.`,
  ],
  [
    'a magnitude vector',
    { tensors: withTensor(`${q}.lora_magnitude_vector.weight`, zeros('F32', 32)) },
    `${weights} holds "${q}.lora_magnitude_vector.weight", a magnitude vector of DoRA; only plain LoRA is merged here.`,
  ],
  [
    'a tensor of some other method',
    { tensors: withTensor(`${q}.ia3_l`, zeros('F32', 32, 1)) },
    `${weights} holds "${q}.ia3_l", which is no tensor of a LoRA adapter.`,
  ],
  [
    'two adapters in one file',
    { of: 'default-names', tensors: withTensor(`${q}.lora_A.second.weight`, zeros('F32', 4, 32)) },
    `${weights} holds several adapters, "default" and "second": save one alone.`,
  ],
  [
    'a bias that the configuration does not know',
    { tensors: withTensor(`${q}.lora_B.bias`, zeros('F32', 32)) },
    `${weights}: tensor "${q}.lora_B.bias" is a bias, but "lora_bias" is not true in ${config}.`,
  ],
  [
    'biases for a base that has none',
    {
      config: { lora_bias: true },
      tensors: (tensors) => {
        for (const [name, { shape }] of [...tensors]) {
          if (name.endsWith('lora_B.weight')) tensors.set(name.replace('weight', 'bias'), zeros('F32', shape[0]!));
        }
      },
    },
    `${weights}: tensor "${q}.lora_B.bias" changes "model.layers.0.self_attn.q_proj.bias", which the base "BASE" does not have.`,
  ],
  [
    'a module to be saved that is missing',
    { of: 'modules-to-save', tensors: without('base_model.model.lm_head.weight') },
    `${weights} lacks "lm_head.weight", which "modules_to_save" of ${config} names: the adapter was not saved completely.`,
  ],
  [
    'a grown embedding without its head',
    { of: 'resized', tensors: without('base_model.model.lm_head.weight') },
    '"DIR" makes the vocabulary of "BASE" 323 tokens in "model.embed_tokens.weight", but 320 in "lm_head.weight": ' +
      'the adapter was saved without one of them. Merge it with peft in the model that it was trained in, and give the merged folder.',
  ],
  [
    'tokens without rows',
    { config: { trainable_token_indices: [1] } },
    `${weights} lacks the rows of the tokens that "trainable_token_indices" of ${config} gives for "embed_tokens": the adapter was not saved completely.`,
  ],
  [
    'rows without tokens',
    { of: 'tokens', config: { trainable_token_indices: null } },
    `${weights}: tensor "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta" has no ids: "trainable_token_indices" of ${config} does not name model.embed_tokens.`,
  ],
  [
    'a token beyond the vocabulary',
    { of: 'tokens', config: { trainable_token_indices: [5, 320, 17] } },
    `${config}: "trainable_token_indices" has 320, but there are 320 tokens.`,
  ],
  [
    'other numbers of tokens and rows',
    { of: 'tokens', config: { trainable_token_indices: [5, 6] } },
    `${weights}: tensor "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta" has the shape [3, 32], but 2 tokens of 32 values are to be replaced.`,
  ],
  [
    'an expression that is none',
    { config: { target_modules: 'q_proj(' } },
    `${config}: "target_modules" has "q_proj(", which is no regular expression that can be read here.`,
  ],
  [
    'an expression that does not end',
    { config: { target_modules: '(([a-z_.0-9]+)+)+!' } },
    `${config}: "target_modules" has a regular expression that does not end within 3 s.`,
  ],
];

describe('adapters that are refused', () => {
  for (const [what, change, message] of cases) {
    it(what, async () => assert.equal(await refusal(change), message));
  }

  it('takes what the cases change', async () => {
    for (const of of ['plain', 'default-names', 'modules-to-save', 'resized', 'tokens']) {
      assert.equal(await refusal({ of }), undefined);
    }
  });

  it('reads fields that are null or made by other versions', async () => {
    const unknown = { something_new: { deep: [1] }, alpha_pattern: null, rank_pattern: null, modules_to_save: null };
    assert.equal(
      await refusal({ config: { ...unknown, init_lora_weights: 'gaussian', lora_dropout: 0.1 } }),
      undefined,
    );
    assert.equal(await refusal({ config: { target_modules: null } }), undefined);
    assert.equal(await refusal({ config: { target_modules: '.*\\.(?P<which>[qv])_proj\\Z' } }), undefined);
  });

  it('patterns that do not end, however many there are', async () => {
    const entries = Array.from({ length: 2000 }, (_, i) => [`(([a-z_.0-9]+)+)+!${i}`, 2]);
    assert.equal(
      await refusal({ config: { rank_pattern: Object.fromEntries(entries) } }),
      `${config}: "rank_pattern" has a regular expression that does not end within 3 s.`,
    );
  });

  it('lists of more names than a model has modules', async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `layers.${i}.x_proj`);
    assert.equal(
      await refusal({ config: { target_modules: [...many, 'q_proj', 'v_proj'], exclude_modules: many } }),
      undefined,
    );
    assert.match((await refusal({ config: { modules_to_save: many } }))!, /"modules_to_save" has too many names/);
  });

  it('a pickle, with the way to convert it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'adapter-'));
    try {
      writeFileSync(join(folder, 'adapter_config.json'), '{"peft_type":"LORA"}');
      await assert.rejects(openAdapter(folder), {
        message: `"${folder}" holds adapter_config.json but no adapter_model.safetensors: the adapter was not saved completely.`,
      });
      writeFileSync(join(folder, 'adapter_model.bin'), 'x');
      await assert.rejects(openAdapter(folder), {
        message:
          `"${folder}" holds the adapter in "adapter_model.bin", a pickle, which can run code when it is read; convert it first: ` +
          "in that folder run python -c \"import torch, safetensors.torch as s; s.save_file(torch.load('adapter_model.bin', map_location='cpu', weights_only=True), 'adapter_model.safetensors')\".",
      });
      writeFileSync(join(folder, 'adapter_config.json'), '{"peft_type":"LORA","lora_alpha":NaN}');
      await assert.rejects(openAdapter(folder), {
        name: 'InputError',
        message: /adapter_config\.json.* is not valid JSON/,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('tells an adapter from a checkpoint', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'adapter-'));
    try {
      assert.equal(await isAdapterFolder(folder), false);
      writeFileSync(join(folder, 'adapter_config.json'), '{}');
      assert.equal(await isAdapterFolder(folder), true);
      for (const name of ['missing', 'adapter_config.json']) {
        await assert.rejects(isAdapterFolder(join(folder, name)), { name: 'InputError' });
      }
      writeFileSync(join(folder, 'model.safetensors'), '');
      assert.equal(await isAdapterFolder(folder), false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
