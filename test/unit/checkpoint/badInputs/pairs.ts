import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openPair } from '../../../../src/run/attribution/openPair.ts';
import { type Tensors, type TinyOptions, tinyTokenizer, writeTiny } from '../tinyCheckpoint.ts';
import type { BadInput } from './row.ts';

async function check(base: string, sft: string): Promise<unknown> {
  return openPair({ base, sft }, 'keep');
}

function pair(what: string, base: TinyOptions, sft: TinyOptions, message: string): BadInput {
  const read = async (folder: string) =>
    check(await writeTiny(join(folder, 'base'), base), await writeTiny(join(folder, 'sft'), sft));
  return { what, read, message };
}

function config(what: string, fields: Readonly<Record<string, unknown>>, message: string): BadInput {
  return pair(what, {}, { config: fields }, message);
}

const { model } = tinyTokenizer;

function tokenizer(what: string, fields: Readonly<Record<string, unknown>>, message: string): BadInput {
  return pair(what, {}, { tokenizer: { ...tinyTokenizer, ...fields } }, message);
}

const addHeadBias = (tensors: Tensors) => tensors.set('lm_head.bias', { dtype: 'F32', shape: [8] });

/** Base and SFT checkpoints that each open but do not belong together. */
export const badPairs: readonly BadInput[] = [
  {
    what: 'the same folder twice',
    read: async (folder) => {
      await writeTiny(join(folder, 'base'));
      return check(join(folder, 'base'), join(folder, 'base'));
    },
    message: 'Base and SFT are the same folder "DIR/base"; give two checkpoints.',
  },
  {
    what: 'a symlink to the same folder',
    read: async (folder) => {
      await writeTiny(join(folder, 'base'));
      await symlink('base', join(folder, 'sft'));
      return check(join(folder, 'base'), join(folder, 'sft'));
    },
    message: 'Base and SFT are the same folder "DIR/base"; give two checkpoints.',
  },
  {
    what: 'two folders that link to the same weights',
    read: async (folder) => {
      await writeTiny(join(folder, 'base'));
      await writeTiny(join(folder, 'sft'), { shards: 1 });
      const [from, to] = [join(folder, 'base', 'model.safetensors'), join(folder, 'sft', 'model.safetensors')];
      await symlink(from, to);
      return check(join(folder, 'base'), join(folder, 'sft'));
    },
    message: 'Base "DIR/base" and SFT "DIR/sft" are links to the same weights; give two checkpoints.',
  },
  config(
    'another family',
    { model_type: 'mistral', sliding_window: null },
    'Base "DIR/base" and SFT "DIR/sft" differ in "model_type" ("llama" and "mistral"); the SFT checkpoint must come from this base.',
  ),
  config(
    'another number of layers',
    { num_hidden_layers: 2 },
    'Base "DIR/base" and SFT "DIR/sft" differ in "num_hidden_layers" (1 and 2); the SFT checkpoint must come from this base.',
  ),
  config(
    'biases on one side',
    { attention_bias: true },
    'Base "DIR/base" and SFT "DIR/sft" differ in the projections with a bias; the SFT checkpoint must come from this base.',
  ),
  pair(
    'a tensor of the SFT side alone',
    {},
    { tensors: addHeadBias },
    'Tensor "lm_head.bias" is in the SFT checkpoint "DIR/sft" but not in the base "DIR/base".',
  ),
  pair(
    'a tensor of the base alone',
    { tensors: addHeadBias },
    {},
    'Tensor "lm_head.bias" is in the base "DIR/base" but not in the SFT checkpoint "DIR/sft".',
  ),
  pair(
    'a head of the base alone',
    { fill: { 'lm_head.weight': 1 } },
    { config: { tie_word_embeddings: true } },
    'The base "DIR/base" has a head of its own ("lm_head.weight"), but the SFT checkpoint "DIR/sft" ties it to the embeddings; the SFT checkpoint must come from this base.',
  ),
  pair(
    'no tokenizer in the SFT checkpoint',
    {},
    { without: ['tokenizer.json'] },
    '"DIR/sft" lacks tokenizer.json; copy it from the checkpoint that training began from, or name another with --tokenizer FILE.',
  ),
  tokenizer(
    'a token with a negative id',
    { model: { ...model, vocab: { ...model.vocab, ba: -1 } } },
    '"DIR/sft/tokenizer.json" gives the token "ba" the id -1, which is no whole number from 0 up.',
  ),
  tokenizer(
    'a token with a huge id',
    { model: { ...model, vocab: { ...model.vocab, ba: 1e300 } } },
    '"DIR/sft/tokenizer.json" gives the token "ba" the id 1e+300, which is no whole number from 0 up.',
  ),
  tokenizer(
    'a token whose id is a text',
    { added_tokens: [...tinyTokenizer.added_tokens, { id: '4', content: '<pad>' }] },
    '"DIR/sft/tokenizer.json" gives the token "<pad>" the id "4", which is no whole number from 0 up.',
  ),
  pair(
    'a tokenizer that is no JSON',
    {},
    { files: { 'tokenizer.json': '{' } },
    '"DIR/sft/tokenizer.json" is not valid JSON; download or copy it again.',
  ),
  pair(
    'a tokenizer without a model',
    {},
    { files: { 'tokenizer.json': '{}' } },
    '"DIR/sft/tokenizer.json" lacks the object "model".',
  ),
  pair(
    'a tokenizer that nests deeply',
    {},
    { files: { 'tokenizer.json': '['.repeat(100_000) } },
    '"DIR/sft/tokenizer.json" is refused: its JSON nests deeper than 64 levels.',
  ),
];
