import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readComparison } from '../../src/record/comparison/comparisonFile.ts';
import { comparisonSchema } from '../../src/record/comparison/comparisonRecord.ts';
import { fixtures, sampleFolder } from '../paths.ts';
import { growVocabulary } from './grownVocabulary.ts';
import { rejuvenate } from './rejuvenate.ts';

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

describe('rejuvenate diff', () => {
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

  it('prints tables by module, tensor and spike, and one tensor in detail', async () => {
    const { exitCode, stdout, stderr } = await rejuvenate(['diff', at('base'), at('sft')]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /sft against base, by module \(layers pooled\):/);
    assert.match(stdout, /│ q_proj +│ +2 │/);
    assert.match(stdout, /│ all +│/);
    assert.match(stdout, /most changed tensors/);
    assert.match(stdout, /largest changes of single elements/);
    const detail = await rejuvenate(['diff', at('base'), at('sft'), '--tensor', 'layers.1.self_attn.q_proj.weight']);
    assert.equal(detail.exitCode, 0, detail.stderr);
    assert.match(detail.stdout, /^model\.layers\.1\.self_attn\.q_proj\.weight {2}\[/);
    assert.match(detail.stdout, /│ excess kurtosis of Δ +│/);
    assert.match(detail.stdout, /│ 99\.99 % of \|Δ\| below +│/);
  });

  it('keeps a record that show opens, the same in JSON', async () => {
    const record = at('pair.comparison.json');
    const args = ['diff', at('base'), at('sft'), '--record', record, '--json'];
    const made = await rejuvenate(args);
    assert.equal(made.exitCode, 0, made.stderr);
    const open = await readComparison(record);
    assert.deepEqual(comparisonSchema.parse(open.record), open.record);
    const json = JSON.parse(made.stdout);
    assert.equal(json.record, record);
    assert.deepEqual(json.differences, open.record.differences);
    assert.equal(json.differences[0].length, json.tensors.length);
    // The checkpoints are not needed any more.
    rmSync(at('base'), { recursive: true });
    rmSync(at('sft'), { recursive: true });
    const shown = await rejuvenate(['show', record, '--json']);
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.deepEqual(JSON.parse(shown.stdout), json);
    const text = await rejuvenate(['show', record]);
    assert.match(text.stdout, new RegExp(`^Comparison record ${record.replaceAll('.', '\\.')}`));
  });

  it('measures checkpoints on a calibration, a row each', async () => {
    const { exitCode, stdout, stderr } = await rejuvenate([
      'diff',
      at('base'),
      at('sft'),
      '--calibration',
      at('pairs.jsonl'),
      '--device',
      'cpu',
      '--json',
    ]);
    assert.equal(exitCode, 0, stderr);
    const { output, checkpoints } = JSON.parse(stdout);
    assert.equal(output.means.length, checkpoints.length);
    assert.equal(output.samples.length, 6);
    assert.equal(output.device, 'cpu');
    assert.equal('tokens' in output, false);
    const rowsOf = output.samples.reduce((sum: number, each: { rows: number }) => sum + each.rows, 0);
    for (const mean of output.means) assert.equal(mean.rows, rowsOf);
  });

  it('compares and measures in what they share where a vocabulary grew and no other has a tokenizer', async () => {
    await growVocabulary(at('sft'), 3);
    rmSync(at('base/tokenizer.json'));
    const args = ['diff', at('base'), at('sft'), '--calibration', at('pairs.jsonl'), '--device', 'cpu'];
    const { exitCode, stdout, stderr } = await rejuvenate(args);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /Tensors that not all checkpoints have, or not whole:/);
    assert.match(stdout, /│ embed_tokens │ – +│ +1 │ \[320, 32\] in base; \[323, 32\] in sft │ tokens 0–319 │/);
    assert.ok(stdout.includes('differ in "vocab_size" (320 and 323): what they share is compared.'), stdout);
    const json = JSON.parse((await rejuvenate([...args, '--json'])).stdout);
    assert.deepEqual(json.unshared, [
      {
        name: 'model.embed_tokens.weight',
        module: 'embed_tokens',
        shapes: [
          [320, 32],
          [323, 32],
        ],
        rows: 320,
      },
    ]);
    assert.equal(json.output.means.length, 2);
  });

  it('compares the weights alone where a token of the calibration means something else', async () => {
    const path = at('sft/tokenizer.json');
    const tokenizer = JSON.parse(readFileSync(path, 'utf8'));
    const { vocab } = tokenizer.model;
    const [first, second] = ['a', 'e'].map((token) => vocab[token]);
    Object.assign(vocab, { a: second, e: first });
    writeFileSync(path, JSON.stringify(tokenizer));
    const args = ['diff', at('base'), at('sft'), '--calibration', at('pairs.jsonl'), '--device', 'cpu', '--json'];
    const { exitCode, stdout, stderr } = await rejuvenate(args);
    assert.equal(exitCode, 0, stderr);
    const { output, notes } = JSON.parse(stdout);
    assert.equal(output, undefined);
    const reason = `token ${Math.min(first, second)} of the calibration is "${first < second ? 'a' : 'e'}" in "${at('base')}" but`;
    assert.ok(
      notes
        .at(-1)
        .startsWith(
          `Only the weights are compared, since these checkpoints cannot be measured on the same tokens: ${reason}`,
        ),
      notes.at(-1),
    );
  });

  it('leaves the broken steps of a series out, and needs no tokenizer', async () => {
    for (const step of [10, 20, 30]) {
      cpSync(at('sft'), at(`run/checkpoint-${step}`), { recursive: true });
      rmSync(at(`run/checkpoint-${step}/tokenizer.json`));
    }
    rmSync(at('run/checkpoint-30/model.safetensors'));
    const { exitCode, stdout, stderr } = await rejuvenate(['diff', at('base'), at('run')]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /│ checkpoint-20 │ +20 │/);
    const note =
      `Step "checkpoint-30" is left out: "${at('run/checkpoint-30')}" holds no weights: ` +
      'neither "model.safetensors" nor "model.safetensors.index.json" is there.';
    assert.ok(stdout.includes(note) && stderr.includes(note), stdout);
  });

  it('shows the series of a training folder in the order of its steps, over-training included', async () => {
    mkdirSync(at('run'));
    cpSync(join(sampleFolder, 'sft-over'), at('run/checkpoint-100'), { recursive: true });
    cpSync(join(sampleFolder, 'sft-mod'), at('run/checkpoint-20'), { recursive: true });
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').split('\n').slice(0, 2);
    writeFileSync(at('two.jsonl'), lines.join('\n'));
    const args = ['diff', join(sampleFolder, 'base'), at('run'), '--calibration', at('two.jsonl'), '--device', 'cpu'];
    const { exitCode, stdout, stderr } = await rejuvenate(args);
    assert.equal(exitCode, 0, stderr);
    const table = stdout.split('\n').filter((line) => /^│ (base|checkpoint-\d+) /.test(line));
    assert.equal(table.length, 3, stdout);
    const cells = table.map((line) =>
      line
        .split('│')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
    assert.deepEqual(
      cells.map(([name, step]) => [name, step]),
      [
        ['base', '–'],
        ['checkpoint-20', '20'],
        ['checkpoint-100', '100'],
      ],
    );
    const [entropy, drift] = [3, 5];
    assert.ok(Number(cells[1]![entropy]) > Number(cells[2]![entropy]), 'entropy collapses');
    assert.ok(Number(cells[1]![drift]) < Number(cells[2]![drift]), 'drift grows');
    assert.equal(cells[0]![drift], 'reference');
  });
});
