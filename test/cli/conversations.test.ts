import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intArray } from '../../src/record/arrays/arrays.ts';
import { readComparison } from '../../src/record/comparison/comparisonFile.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../src/record/run/runRecord.ts';
import { targetRows } from '../../src/record/run/targetRows.ts';
import { checkpointFixtures, fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

const checkpoints = join(checkpointFixtures, 'tiny-qwen3-tied');
const template = join(fixtures, 'shapes', 'chat_template.jinja');
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

const rows = [
  {
    conversations: [
      { from: 'human', value: 'Question: what is 3 + 4?' },
      { from: 'gpt', value: 'We solve this step by step: 7.' },
      { from: 'human', value: 'And é?\u202e' },
      { from: 'gpt', value: 'The answer is 日本.' },
    ],
  },
  { conversations: [{ from: 'human', value: 'nobody answers' }] },
  {
    conversations: [
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Hello.' },
    ],
  },
];

describe('conversations on the command line', () => {
  let folder: string;
  let data: string;
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'conversations-')));
    data = at('data.jsonl');
    writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    cpSync(checkpoints, at('pair'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const attribute = (...more: readonly string[]) =>
    rejuvenate([
      ...['attribute', '--base', at('pair/base'), '--sft', at('pair/sft'), '--calibration', data],
      ...['--record', at('a.rejuvenation.json'), '--top-n', '3', '--device', 'cpu', ...more],
    ]);

  it('are measured at every turn of the assistant, and the record says how they were read', async () => {
    copyFileSync(template, at('pair/sft/chat_template.jinja'));
    const { exitCode, stderr } = await attribute();
    assert.equal(exitCode, 0, stderr);
    const place = `"${at('pair/sft/chat_template.jinja')}"`;
    assert.match(
      stderr,
      /^note: "data\.jsonl": ShareGPT conversations \("conversations"\); rendered with the chat template /m,
    );
    assert.match(stderr, /^note: Line 2 is skipped: it has no turn of the assistant\.$/m);
    const { record, arrays } = await readRecord(at('a.rejuvenation.json'));
    assert.deepEqual(
      record.samples.map(({ line, responses }) => [line, responses.length]),
      [
        [1, 2],
        [3, 1],
      ],
    );
    assert.deepEqual(record.calibration, {
      shape: 'sharegpt',
      label: 'ShareGPT conversations ("conversations")',
      templates: [{ place, sha256: sha256(template) }],
      templateArgs: [],
      turns: 'all',
      special: { before: [], after: [] },
      rows: 3,
      skipped: 1,
    });
    assert.equal(record.inputs.chatTemplate, undefined);
    // Targets lie in responses alone: else they had no place among the response rows.
    const places = targetRows(record.samples, intArray(arrays, 'targets.row'));
    assert.equal(
      places.length,
      record.samples.reduce((sum, { targets }) => sum + targets, 0),
    );
    assert.ok(places.length >= 3, `${places.length} targets`);
    assert.ok(places.every((place, i) => i === 0 || place > places[i - 1]!));
    const verified = await rejuvenate([
      'verify',
      at('a.rejuvenation.json'),
      at('pair/sft'),
      '--device',
      'cpu',
      '--json',
    ]);
    assert.equal(verified.exitCode, 0, verified.stderr);
    const { measurements } = JSON.parse(verified.stdout) as { measurements: RunRecord['measurements'] };
    const again = measurements.find(({ name }) => name === 'sft')!.all;
    assert.equal(again.rows, record.measurements[1]!.all.rows);
    assert.ok(Math.abs(again.entropy - record.measurements[1]!.all.entropy) < 1e-6);
    const shown = await rejuvenate(['show', at('a.rejuvenation.json')]);
    assert.match(shown.stdout, /^ {13}ShareGPT conversations \("conversations"\)$/m);
    assert.match(shown.stdout, /^ {13}1 of 3 rows skipped$/m);
  });

  it('take the last turn, another template and its arguments; the template is an input of the run', async () => {
    const given = at('other.jinja');
    copyFileSync(template, given);
    const options = ['--chat-template', given, '--turns', 'last', '--template-arg', 'enable_thinking=true'];
    const { exitCode, stderr } = await attribute(...options);
    assert.equal(exitCode, 0, stderr);
    const { record } = await readRecord(at('a.rejuvenation.json'));
    assert.deepEqual(
      record.samples.map(({ responses }) => responses.length),
      [1, 1],
    );
    assert.equal(record.inputs.chatTemplate!.name, given);
    assert.equal(record.inputs.chatTemplate!.sha256, sha256(given));
    assert.deepEqual(record.settings.templateArgs, ['enable_thinking=true']);
    assert.equal(record.calibration!.turns, 'last');
  });

  it('never have their template replaced by an output', async () => {
    const given = at('a.rejuvenation.json');
    copyFileSync(template, given);
    const { exitCode, stderr } = await attribute('--chat-template', given, '--overwrite');
    assert.equal(exitCode, 2, stderr);
    assert.equal(stderr, `error: The record "${given}" is the input "${given}": choose another place.\n`);
    assert.equal(sha256(given), sha256(template));
  });

  it('are compared with the template of the first checkpoint that has one', async () => {
    copyFileSync(template, at('pair/sft/chat_template.jinja'));
    const record = at('a.comparison.json');
    const { exitCode, stderr } = await rejuvenate([
      ...['diff', at('pair/base'), at('pair/sft'), '--calibration', data, '--record', record, '--device', 'cpu'],
    ]);
    assert.equal(exitCode, 0, stderr);
    const { output } = (await readComparison(record)).record;
    assert.equal(output!.reading!.shape, 'sharegpt');
    assert.deepEqual(
      output!.samples.map(({ responses }) => responses.length),
      [2, 1],
    );
  });

  it('are previewed, the responses marked and nothing hidden let through', async () => {
    const preview = ['preview', data, '--sft', at('pair/sft'), '--chat-template', template];
    const { exitCode, stdout, stderr } = await rejuvenate(preview);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /ShareGPT conversations/);
    const [summary, first, , ...text] = stdout.trimEnd().split('\n');
    assert.match(summary!, /^samples {6}2, \d+ tokens, \d+ of them responses$/);
    assert.match(first!, /^first {8}line 1: \d+ tokens, responses in ⟦ ⟧$/);
    assert.equal(
      text.join('\n'),
      [
        '<|im_start|>user',
        'Question: what is 3 + 4?<|im_end|>',
        '<|im_start|>assistant',
        '⟦We solve this step by step: 7.<|im_end|>⟧',
        '<|im_start|>user',
        'And é?\\u{202e}<|im_end|>',
        '<|im_start|>assistant',
        '⟦The answer is 日本.<|im_end|>⟧',
      ].join('\n'),
    );
    const json = await rejuvenate([...preview, '--json', '--turns', 'last']);
    const found = JSON.parse(json.stdout) as {
      samples: number;
      first: { responses: unknown[] };
      reading: { shape: string };
    };
    assert.deepEqual([found.samples, found.first.responses.length, found.reading.shape], [2, 1, 'sharegpt']);
  });
});
