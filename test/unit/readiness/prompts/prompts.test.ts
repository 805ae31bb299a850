import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, Interrupted } from '../../../../src/errors.ts';
import { boxedGrader } from '../../../../src/readiness/graders/mathGraders.ts';
import { type PromptOptions, readPrompts } from '../../../../src/readiness/prompts/readPrompts.ts';
import { fixtures } from '../../../paths.ts';

describe('prompts', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'prompts-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const read = (rows: readonly unknown[], options: Partial<PromptOptions> = {}) => {
    const path = join(folder, 'prompts.jsonl');
    writeFileSync(path, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
    const { refusal } = boxedGrader;
    const usual = { paths: [path], draw: 0, seed: 0, promptField: '', answerField: '', asChat: false, refusal };
    return readPrompts({ ...usual, ...options });
  };

  it('are read by the usual names of their fields', async () => {
    const { prompts, fields, sentence } = await read([
      { prompt: 'Question: 1 + 1\nAnswer:', response: ' \\boxed{2}.', answer: 2, kind: 'A' },
      { prompt: 'Question: 1 / 2\nAnswer:', response: '', answer: 0.5, kind: 'A' },
    ]);
    assert.deepEqual(prompts, [
      { index: 0, line: 1, input: { kind: 'text', text: 'Question: 1 + 1\nAnswer:' }, answer: '2' },
      { index: 1, line: 2, input: { kind: 'text', text: 'Question: 1 / 2\nAnswer:' }, answer: '0.5' },
    ]);
    assert.deepEqual(fields, { prompt: 'prompt', answer: 'answer' });
    assert.equal(sentence, '"prompts.jsonl": 2 prompts from "prompt", as plain text, answers from "answer".');
    const named = [
      [{ question: 'q', answer: 'Half. #### 7' }, 'question', 'answer', 'Half. #### 7'],
      [{ problem: 'q', solution: 'so \\boxed{3}' }, 'problem', 'solution', 'so \\boxed{3}'],
      [{ prompt: 'q', label: '3' }, 'prompt', 'label', '3'],
      [{ prompt: 'q', answer: ['3'], label: null }, 'prompt', 'answer', '3'],
    ] as const;
    for (const [row, prompt, answer, text] of named) {
      const found = await read([row]);
      assert.deepEqual(found.fields, { prompt, answer });
      assert.equal(found.prompts[0]!.answer, text);
    }
  });

  it('are read as verl keeps them, in Parquet', async () => {
    const paths = [join(fixtures, 'readiness', 'verl.parquet')];
    const { prompts, fields } = await read([], { paths });
    assert.deepEqual(fields, { prompt: 'prompt', answer: 'reward_model.ground_truth' });
    assert.deepEqual(prompts[2], {
      index: 2,
      line: 3,
      input: {
        kind: 'messages',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'What is 3 + 3?' },
        ],
      },
      answer: '6',
    });
    assert.equal((await read([], { paths, answerField: 'extra_info.index' })).prompts[2]!.answer, '3');
    const drawn = await read([], { paths, draw: 2 });
    assert.deepEqual(
      drawn.prompts.map(({ index }) => index),
      [0, 1],
    );
    assert.match(drawn.sentence, /2 prompts of 3 rows/);
  });

  it('end before the answer of the assistant, and texts become messages where that is asked for', async () => {
    const turns = [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: 'Yes' },
    ];
    const { prompts } = await read([{ messages: turns, answer: 'x' }]);
    assert.deepEqual(prompts[0]!.input, { kind: 'messages', messages: [{ role: 'user', content: 'Hi' }] });
    const asked = await read([{ prompt: 'Hi', answer: 'x' }], { asChat: true });
    assert.deepEqual(asked.prompts[0]!.input, { kind: 'messages', messages: [{ role: 'user', content: 'Hi' }] });
  });

  it('without prompt or answer are skipped, and said', async () => {
    const { prompts, sentence } = await read([
      { prompt: 'a', answer: '1' },
      { prompt: '', answer: '1' },
      { prompt: 'b', answer: null },
    ]);
    assert.equal(prompts.length, 1);
    assert.match(
      sentence,
      /1 prompt of 3 rows .*2 skipped \(the first: ".*prompts.jsonl", line 2: its "prompt" is empty\)\.$/,
    );
  });

  it('that cannot be used are named', async () => {
    const faults: readonly (readonly [rows: readonly unknown[], message: RegExp, options?: Partial<PromptOptions>])[] =
      [
        [[], /has no prompt: it is empty/],
        [['{"prompt":'], /line 1/],
        [['[]', '1'], /./],
        [
          [{ text: 'a' }],
          /line 1: it has no prompt, "prompt", .* among its fields "text"; name the field with --prompts-field\.$/,
        ],
        [[{ prompt: 'a' }], /line 1: there is no field with the right answer .* --answer-field\.$/],
        [
          [
            { prompt: 'a', answer: '1' },
            { prompt: 3, answer: '1' },
          ],
          /line 2: its "prompt" is neither a text nor a list/,
        ],
        [[{ prompt: 'a', answer: { x: 1 } }], /line 1: its "answer" is neither a text nor a number/],
        [[{ prompt: 'a', answer: true }], /line 1: its "answer" is neither a text nor a number/],
        [[{ prompt: 'a', answer: ' ' }], /every row is skipped/],
        [
          [
            { prompt: 'a', answer: '1' },
            { prompt: 'b', answer: '####' },
          ],
          /line 2: its answer "####" is empty/,
        ],
        [[{ prompt: 'a', answer: '1' }], /there is no field "q" among "prompt", "answer"/, { promptField: 'q' }],
        [[{ prompt: 'a', answer: '1' }], /there is no field "a\.b"/, { answerField: 'a.b' }],
        [[{ prompt: [{ content: 'x' }], answer: '1' }], /its message 1 has no "role"/],
        [
          [{ prompt: [{ role: 'user', content: [{ type: 'image' }] }], answer: '1' }],
          /the content of its message 1 is no text/,
        ],
        [[{ prompt: [{ role: 'assistant', content: 'x' }], answer: '1' }], /no message before the answer/],
        [[{ prompt: [{ role: 'user', content: 'x' }], tools: [{}], answer: '1' }], /"tools"/],
        [['{"prompt": "\\ud800", "answer": "1"}'], /half of a surrogate pair/],
      ];
    for (const [rows, message, options] of faults) {
      await assert.rejects(read(rows, options), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it('are not read on when the run is stopped', async () => {
    const signal = AbortSignal.abort();
    for (const draw of [0, 1])
      await assert.rejects(read([{ prompt: 'a', answer: '1' }], { signal, draw }), Interrupted);
  });

  it('need no answer where rewards are there', async () => {
    const { prompts, sentence } = await read([{ prompt: 'a' }], { refusal: undefined });
    assert.equal(prompts[0]!.answer, null);
    assert.match(sentence, /without answers/);
  });
});
