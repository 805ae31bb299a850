import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures, sampleFolder } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/* What `diff` refuses, and in which words: one table. */

const pair = join(fixtures, 'checkpoints', 'tiny-qwen3-tied');

/** A row: what is asked, what is said. `$` stands for the test's folder, in both. */
interface Row {
  readonly name: string;
  readonly args: string;
  readonly message: string;
  /** Puts the wrong thing into the test's folder. */
  readonly prepare?: (at: (path: string) => string) => void;
}

const rows: readonly Row[] = [
  { name: 'no checkpoint', args: 'diff', message: "error: missing required argument 'checkpoints'" },
  {
    name: 'one checkpoint',
    args: 'diff $/base',
    message:
      'error: Only one checkpoint was given, "$/base": give two or more, or a training run\'s folder with its steps in it.',
  },
  {
    name: 'a checkpoint that is not there',
    args: 'diff $/base $/nowhere',
    message: 'error: There is no folder "$/nowhere".',
  },
  {
    name: 'the same checkpoint twice',
    args: 'diff $/base $/base',
    message: 'error: "$/base" is given twice: give different checkpoints.',
  },
  {
    name: 'another model',
    args: 'diff $/base $/other',
    message:
      'error: "$/base" and "$/other" cannot be compared: they differ in "num_hidden_layers" (2 and 6), "hidden_size" (32 and 128), ' +
      '"head_dim" (16 and 32), "intermediate_size" (44 and 352) and "vocab_size" (320 and 768).',
    prepare: (at) => cpSync(join(sampleFolder, 'base'), at('other'), { recursive: true }),
  },
  {
    name: 'weights cut short',
    args: 'diff $/base $/sft',
    message: 'is truncated',
    prepare: (at) => truncateSync(at('sft/model.safetensors'), 5000),
  },
  {
    name: 'an unknown choice of pairs',
    args: 'diff $/base $/sft --pairs some',
    message: "error: option '--pairs <which>' argument 'some' is invalid. Allowed choices are reference, all.",
  },
  {
    name: 'all pairs of seven',
    args: 'diff $/run --pairs all',
    message: 'error: All pairs of 7 checkpoints are too many: compare at most 6, or each with the first only.',
    prepare: (at) => {
      for (let step = 1; step <= 7; step++) cpSync(at('base'), at(`run/checkpoint-${step}`), { recursive: true });
    },
  },
  {
    name: 'a series of one checkpoint that is unfinished',
    args: 'diff $/base $/run',
    message:
      'error: The only step in "$/run" cannot be compared: "$/run/checkpoint-8" holds no weights: neither "model.safetensors" nor "model.safetensors.index.json" is there.',
    prepare: (at) => mkdirSync(at('run/checkpoint-8'), { recursive: true }),
  },
  {
    name: 'a record of another name',
    args: 'diff $/base $/sft --record $/a.json',
    message: 'error: The comparison record "$/a.json" must be named NAME.comparison.json.',
  },
  {
    name: 'a record inside a checkpoint',
    args: 'diff $/base $/sft --record $/sft/a.comparison.json',
    message:
      'error: The comparison record "$/sft/a.comparison.json" lies inside the input "$/sft": choose another place.',
  },
  {
    name: 'a record that exists',
    args: 'diff $/base $/sft --record $/a.comparison.json',
    message:
      'error: The comparison record "$/a.comparison.json" exists already: choose another place, or pass --overwrite.',
    prepare: (at) => writeFileSync(at('a.comparison.json'), '{}'),
  },
  {
    name: 'a tensor that is not there',
    args: 'diff $/base $/sft --tensor layers.0.mlp.q_proj',
    message: 'error: There is no tensor "layers.0.mlp.q_proj"; one of them is "model.embed_tokens.weight".',
  },
  {
    name: 'a tensor’s name that several end with',
    args: 'diff $/base $/sft --tensor q_proj',
    message:
      'error: "q_proj" could be 2 tensors, such as "model.layers.0.self_attn.q_proj.weight": give the whole name.',
  },
  {
    name: 'a calibration that is not there',
    args: 'diff $/base $/sft --calibration $/nowhere.jsonl',
    message: 'error: Cannot read "$/nowhere.jsonl": there is no such file.',
  },
  {
    name: 'a calibration without the fields',
    args: 'diff $/base $/sft --calibration $/pairs.jsonl --prompt-field question',
    message: '"question"',
  },
  {
    name: 'a comparison record of something else',
    args: 'show $/a.comparison.json',
    message: 'error: "$/a.comparison.json" is not a comparison record of this program.',
    prepare: (at) => writeFileSync(at('a.comparison.json'), '{}'),
  },
];

describe('rejuvenate diff, asked for what cannot be', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'diff-')));
    for (const name of ['base', 'sft']) cpSync(join(pair, name), at(name), { recursive: true });
    cpSync(join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), at('pairs.jsonl'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const { name, args, message, prepare } of rows) {
    it(`says what is wrong with ${name}, and writes nothing`, async () => {
      prepare?.(at);
      const before = readdirSync(folder, { recursive: true });
      const fill = (text: string) => text.replaceAll('$', folder);
      const { exitCode, stderr, stdout } = await rejuvenate(args.split(' ').map(fill));
      assert.equal(exitCode, 2, stderr);
      assert.equal(stdout, '');
      const lines = stderr.trim().split('\n');
      if (message.startsWith('error:')) assert.equal(lines.at(-1), fill(message));
      else assert.ok(lines.at(-1)!.includes(fill(message)), stderr);
      assert.deepEqual(readdirSync(folder, { recursive: true }), before);
    });
  }
});
