import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { LinePlace } from '../../src/calibration/linePlace.ts';
import { readSamples } from '../../src/calibration/samples.ts';
import { readTokenizer } from '../../src/calibration/tokenizer/tokenizer.ts';
import { tokenText } from '../../src/calibration/tokenizer/tokenText.ts';
import { parseConfig } from '../../src/checkpoint/architecture/config.ts';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { readSafetensorsHeader } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { parseShardIndex } from '../../src/checkpoint/shards/shardIndex.ts';
import { checkTensors } from '../../src/checkpoint/tensorCheck.ts';
import { checkUsedTokens, compareTokenizers, otherTokenNotes } from '../../src/checkpoint/tokenizer/otherTokens.ts';
import { defaultCalibrationSettings } from '../../src/settings/calibrationSettings.ts';
import { checkpointFixtures } from '../paths.ts';
import {
  rawSafetensors,
  tinyConfig,
  tinyTensors,
  tinyTokenizer,
  writeTiny,
} from '../unit/checkpoint/tinyCheckpoint.ts';
import type { Format } from './format.ts';
import { damaged, jsonText } from './mutations.ts';

/*
 * What a checkpoint and a calibration file consist of, each read as the program reads it.
 */

const realTokenizer = join(checkpointFixtures, 'tiny-qwen2-tied', 'base', 'tokenizer.json');

type Corpus = ReadonlyMap<string, readonly Buffer[]>;

const texts = (corpus: Corpus, name: string) => (corpus.get(name) ?? []).map((bytes) => bytes.toString());

function parsed(all: readonly string[]): unknown[] {
  return all.flatMap((text) => {
    try {
      return [JSON.parse(text) as unknown];
    } catch {
      return [];
    }
  });
}

function headerFormat(folder: string, corpus: Corpus): Format<Uint8Array> {
  const path = join(folder, 'model.safetensors');
  let begin = 0;
  const seed = Object.fromEntries(
    [...tinyTensors()].map(([name, { dtype, shape }]) => {
      const bytes = 2 * shape.reduce((product, size) => product * size, 1);
      begin += bytes;
      return [name, { dtype, shape, data_offsets: [begin - bytes, begin] }];
    }),
  );
  const small = { __metadata__: { format: 'pt' }, a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } };
  const header = jsonText([seed, small, { ...seed, ...small }]);
  const made = fc
    .tuple(header, fc.constantFrom(0, 8, begin, begin + 8), fc.option(fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat())))
    .map(([text, data, length]) => rawSafetensors(text, data, length ?? undefined));
  const rows = fc.constantFrom<Uint8Array>(...(corpus.get('safetensors') ?? []));
  return {
    name: 'safetensors header',
    inputs: fc.oneof(
      { weight: 6, arbitrary: made },
      { weight: 2, arbitrary: damaged(made) },
      { weight: 1, arbitrary: damaged(rows) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
    ),
    async read(bytes) {
      await writeFile(path, bytes);
      return readSafetensorsHeader(path);
    },
  };
}

function indexFormat(corpus: Corpus): Format<string> {
  const rows = texts(corpus, 'model.safetensors.index.json');
  return {
    name: 'shard index',
    inputs: jsonText(parsed(rows), rows),
    read: async (text) => parseShardIndex(text, '/models/a/model.safetensors.index.json'),
  };
}

const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16 };
const llama3 = {
  ...{ rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 },
};

function configFormat(corpus: Corpus): Format<string> {
  const rows = texts(corpus, 'config.json');
  const seeds = [
    tinyConfig,
    { ...tinyConfig, rope_scaling: yarn },
    { ...tinyConfig, rope_scaling: llama3 },
    { ...tinyConfig, rope_parameters: yarn, rope_theta: 5e5 },
    { ...tinyConfig, model_type: 'qwen3', head_dim: 2, use_sliding_window: false, layer_types: ['full_attention'] },
  ];
  return {
    name: 'config.json',
    inputs: jsonText([...seeds, ...parsed(rows)], rows),
    async read(text) {
      const architecture = parseConfig(text, '/models/a/config.json');
      // However absurd the model, it is told in sane time what is missing of it: everything.
      assert.throws(() => checkTensors(new Map(), architecture, '/models/a'), { name: 'InputError' });
    },
  };
}

/** Text that tokenisers find hard: spaces, digits, marks, emoji, what no vocabulary has. */
const hard = [
  '',
  ' ',
  'ab ab',
  '  a1b22\n\n',
  '<s>a</s>',
  'é\u0301 日本 🙂',
  '\u0000\u202e',
  "don't 123456789",
  'x'.repeat(200),
];

async function tokenizerFormat(folder: string, corpus: Corpus): Promise<Format<string>> {
  const path = join(folder, 'tokenizer.json');
  const real = await readFile(realTokenizer, 'utf8');
  const metaspace = {
    ...tinyTokenizer,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
    model: { ...tinyTokenizer.model, byte_fallback: true, unk_token: 'a', vocab: { a: 0, '▁': 1, ab: 2, '<0x41>': 4 } },
  };
  const splits = {
    ...tinyTokenizer,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)" },
          behavior: 'Isolated',
          invert: false,
        },
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
  };
  const rows = texts(corpus, 'tokenizer.json');
  return {
    name: 'tokenizer.json',
    inputs: jsonText([tinyTokenizer, metaspace, splits, JSON.parse(real) as unknown], rows),
    async read(text) {
      await writeFile(path, text);
      const tokenizer = await readTokenizer(path);
      const ids = hard.flatMap((each) => tokenizer.encode(each));
      for (const id of new Set([...ids, 0, 5, 1e6])) tokenText(tokenizer, id);
    },
  };
}

/** A base's tokenizer beside a real one of the SFT's. */
function basesTokenizerFormat(folder: string, corpus: Corpus): Format<string> {
  const path = join(folder, 'base-tokenizer.json');
  const unigram = {
    model: {
      type: 'Unigram',
      vocab: [
        ['<unk>', 0],
        ['a', -1],
      ],
      byte_fallback: true,
    },
    added_tokens: [],
  };
  return {
    name: "base's tokenizer.json",
    inputs: jsonText([tinyTokenizer, unigram], texts(corpus, 'tokenizer.json')),
    async read(text) {
      await writeFile(path, text);
      const compared = await compareTokenizers(path, realTokenizer);
      const said = [...otherTokenNotes(compared, false, 100), ...compared.notes];
      for (const note of said) if (note.length > 2000) throw new Error(`a note of ${note.length} characters`);
      checkUsedTokens(compared, new Set([1, 2, 3, 65]), { base: path, sft: realTokenizer });
    },
  };
}

function calibrationFormat(folder: string): Format<readonly string[]> {
  const path = join(folder, 'pairs.jsonl');
  const line = jsonText([
    { prompt: 'ab', response: 'ba' },
    { prompt: '', response: 'aaab' },
    { prompt: 'a', response: 'b', extra: [1] },
  ]);
  return {
    name: 'calibration lines',
    inputs: fc.array(
      fc.oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: fc.constantFrom('', ' ', '\r', '\ufeff{}') }),
      {
        maxLength: 4,
      },
    ),
    async read(lines) {
      await writeFile(path, lines.join('\n'));
      const fields = { ...defaultCalibrationSettings, templateFolders: [folder] };
      const options = {
        ...{ paths: [path], samples: 0, seed: 0, tokenizerPath: realTokenizer, maxLength: 16, vocabSize: 1e6 },
        ...fields,
      };
      return readSamples(options, new LinePlace(), () => undefined);
    },
  };
}

/** A whole checkpoint, one of whose files is another. */
async function checkpointFormat(
  folder: string,
  corpus: Corpus,
): Promise<Format<readonly [string, string | Uint8Array]>> {
  const place = join(folder, 'checkpoint');
  await mkdir(place);
  await writeTiny(place, { shards: 2 });
  const names = ['config.json', 'model.safetensors.index.json', 'model-00001-of-00002.safetensors'] as const;
  const whole = new Map<string, Buffer>();
  for (const name of names) whole.set(name, await readFile(join(place, name)));
  const json = (name: (typeof names)[number]) =>
    jsonText(parsed([whole.get(name)!.toString(), ...texts(corpus, name)])).map((text) => [name, text] as const);
  return {
    name: 'checkpoint folder',
    inputs: fc.oneof(
      json(names[0]),
      json(names[1]),
      damaged(fc.constant(new Uint8Array(whole.get(names[2])!))).map((bytes) => [names[2], bytes] as const),
    ),
    async read([name, content]) {
      await writeFile(join(place, name), content);
      try {
        return await openCheckpoint(place);
      } finally {
        await writeFile(join(place, name), whole.get(name)!);
      }
    },
  };
}

/** @param folder where inputs are written, one after the other */
export async function checkpointFormats(folder: string, corpus: Corpus): Promise<Format[]> {
  const formats = [
    headerFormat(folder, corpus),
    indexFormat(corpus),
    configFormat(corpus),
    await tokenizerFormat(folder, corpus),
    basesTokenizerFormat(folder, corpus),
    calibrationFormat(folder),
    await checkpointFormat(folder, corpus),
  ];
  // Each makes the inputs that it reads.
  return formats as unknown as Format[];
}
