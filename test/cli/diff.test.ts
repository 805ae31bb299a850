import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readComparison } from '../../src/record/comparison/comparisonFile.ts';
import { comparisonSchema } from '../../src/record/comparison/comparisonRecord.ts';
import { fixtures, sampleFolder } from '../paths.ts';
import { growVocabulary } from './grownVocabulary.ts';
import { rejuvenate } from './rejuvenate.ts';

const pair = join(fixtures, 'checkpoints', 'tiny-qwen3-tied');

describe('rejuvenate diff', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'diff-')));
    for (const name of ['base', 'sft']) cpSync(join(pair, name), at(name), { recursive: true });
    cpSync(join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), at('pairs.jsonl'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

  it('tells structure from noise where it is asked to', async () => {
    const folders = ['base', 'sft-over'].map((name) => join(sampleFolder, name));
    const { exitCode, stdout, stderr } = await rejuvenate(['diff', ...folders, '--spectrum']);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /sft-over against base, structure or noise/);
    // Stable rank, that of noise, share and number of what stands out; NumPy says the same.
    assert.match(stdout, /│ embed_tokens │ +1 │ +1\.65 │ +1\.65 │ +64\.5 │ +78\.0 % │ +4 of 8 │/);
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
