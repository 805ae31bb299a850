import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CalibrationOptions, readCalibration } from '../../../../src/calibration/calibration.ts';
import { InputError } from '../../../../src/errors.ts';
import { defaultCalibrationSettings } from '../../../../src/settings/calibrationSettings.ts';
import { fixtures } from '../../../paths.ts';

const chat = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'b' },
];
const pair = { prompt: 'a', response: 'b' };
const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('rows that are not what they should be', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shapes-'));
    path = join(folder, 'rows.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function read(content: string, options: Partial<CalibrationOptions> = {}) {
    writeFileSync(path, content);
    return readCalibration({
      ...{ paths: [path], samples: 0, seed: 0 },
      tokenizerPath: join(fixtures, 'chat', 'chatml.tokenizer.json'),
      templateFolders: [join(fixtures, 'shapes')],
      maxLength: 4096,
      vocabSize: 1e6,
      ...defaultCalibrationSettings,
      ...options,
    });
  }

  async function refusal(content: string, options: Partial<CalibrationOptions> = {}): Promise<string> {
    const error: unknown = await read(content, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof InputError, String(error));
    return error.message.replaceAll(folder, '<folder>');
  }

  const at = (line: number) => `"<folder>/rows.jsonl", line ${line}: `;
  const rl = 'such rows serve RL and sampling, not calibration;';
  const rows: readonly (readonly [
    name: string,
    content: string,
    message: string,
    options?: Partial<CalibrationOptions>,
  ])[] = [
    [
      'a conversation among pairs',
      lines(pair, { messages: chat }),
      `${at(2)}there is no field "prompt" among "messages". The rows before it are pairs of "prompt" and "response".`,
    ],
    [
      'a pair among conversations',
      lines({ messages: chat }, { messages: chat }, pair),
      `${at(3)}there is no field "messages" among "prompt", "response". The rows before it are conversations ("messages").`,
    ],
    [
      'fields that mean nothing',
      lines({ a: 1, b: 2 }),
      `${at(1)}what its fields "a", "b" mean is not known; name those of prompt and response with --prompt-field and --response-field, or the shape with --format.`,
    ],
    [
      'a text alone',
      lines({ text: 'x' }),
      `${at(1)}what its fields "text" mean is not known; name those of prompt and response with --prompt-field and --response-field, or the shape with --format.`,
    ],
    ['no fields', lines({}), `${at(1)}it has no fields.`],
    [
      "verl's rows",
      lines({
        data_source: 'x',
        prompt: [{ role: 'user', content: 'q' }],
        reward_model: { ground_truth: '4' },
        extra_info: { index: 0 },
      }),
      `${at(1)}it has a "prompt" and no response (verl's, by "reward_model"): ${rl} sample responses to the prompts first, or name the field that holds them with --response-field.`,
    ],
    [
      "verl's rows that keep the texts they were made from",
      lines({ prompt: [{ role: 'user', content: 'q' }], reward_model: {}, extra_info: { question: 'q', answer: '4' } }),
      `${at(1)}it has a "prompt" and no response (verl's, by "reward_model"): ${rl} the texts it was made from can be read with --prompt-field extra_info.question --response-field extra_info.answer.`,
    ],
    [
      "slime's rows",
      lines({ prompt: 'q', label: '4' }),
      `${at(1)}it has a "prompt" and no response (slime's, by "label"): ${rl} sample responses to the prompts first, or name the field that holds them with --response-field.`,
    ],
    [
      'prompts alone',
      lines({ prompt: 'q' }),
      `${at(1)}it has a "prompt" and no response: ${rl} sample responses to the prompts first, or name the field that holds them with --response-field.`,
    ],
    [
      'a system prompt in plain text',
      lines({ instruction: 'a', input: '', output: 'b', system: 'S' }),
      `${at(1)}plain text has no place for its "system"; with --pairs-as chat the chat template of the SFT renders it.`,
    ],
    [
      'a history in plain text',
      lines({ instruction: 'a', output: 'b', history: [['c', 'd']] }),
      `${at(1)}plain text has no place for its "history"; with --pairs-as chat the chat template of the SFT renders it.`,
    ],
    [
      'a history of something else',
      lines({ instruction: 'a', output: 'b', history: [['c', 4]] }),
      `${at(1)}its "history" is not a list of pairs of texts.`,
    ],
    [
      'a format that it has not',
      lines(pair),
      `${at(1)}it has not the shape messages, which needs a list of {"role": …, "content": …}, usually "messages"; its fields are "prompt", "response".`,
      { format: 'messages' },
    ],
    [
      'a response field that is not there',
      lines(pair),
      `${at(1)}there is no field "text" among "prompt", "response".`,
      { responseField: 'text' },
    ],
    [
      'a prompt field without a usual response',
      lines({ x: 'a', y: 'b' }),
      `${at(1)}no response is found among its fields "x", "y"; name it with --response-field.`,
      { promptField: 'x' },
    ],
    [
      'a message without a role',
      lines({ messages: chat }, { messages: [{ content: 'x' }] }),
      `${at(2)}its message 1 has no "role". The rows before it are conversations ("messages").`,
    ],
    [
      'an unknown speaker',
      lines({ conversations: [{ from: 'narrator', value: 'x' }] }),
      `${at(1)}its message 1 is from "narrator"; known are "system", "human", "user", "gpt", "assistant", "chatgpt", "model", "bot", "observation", "tool", "function_response", "tool_response", "function_call", "tool_call".`,
    ],
    [
      'a function call that is no JSON',
      lines({
        conversations: [
          { from: 'human', value: 'x' },
          { from: 'function_call', value: 'call()' },
        ],
      }),
      `${at(1)}the function call of its message 2 is not JSON.`,
    ],
    [
      'messages that are no list',
      lines({ messages: 'hello', prompt: 1 }),
      `${at(1)}its "messages" is not a list of messages.`,
    ],
    [
      'tools that are no list',
      lines({ messages: chat, tools: 'weather' }),
      `${at(1)}the text of its tools is not JSON.`,
    ],
    [
      'variables that are no object',
      lines({ messages: chat, chat_template_kwargs: [1] }),
      `${at(1)}its "chat_template_kwargs" is not an object.`,
    ],
    [
      'JSON without end of nesting',
      `{"messages": ${'['.repeat(5000)}${']'.repeat(5000)}}\n`,
      `${at(1)}its JSON nests deeper than 64 levels.`,
    ],
    [
      'a template that refuses every row',
      lines({ messages: chat }),
      '"<folder>/rows.jsonl" has no response to use: every line is skipped. Line 1 is skipped: the chat template refuses it: "never".',
      { chatTemplate: 'TEMPLATE' },
    ],
    [
      'conversations where no folder has a chat template',
      lines({ messages: chat }),
      'Conversations need a chat template, and "<folder>" has none: neither chat_template.jinja nor "chat_template" in tokenizer_config.json. Give one with --chat-template FILE.',
      { templateFolders: ['FOLDER'] },
    ],
    [
      'a variable that the template has anyway',
      lines({ messages: chat }),
      'A template\'s variable cannot be called "messages".',
      { templateArgs: ['messages=1'] },
    ],
  ];
  for (const [name, content, message, options = {}] of rows) {
    it(name, async () => {
      const template = join(folder, 'never.jinja');
      writeFileSync(template, "{{ raise_exception('never') }}");
      const placed = {
        ...options,
        ...(options.chatTemplate && { chatTemplate: template }),
        ...(options.templateFolders && { templateFolders: [folder] }),
      };
      assert.equal(await refusal(content, placed), message);
    });
  }

  it('says in one sentence what a file was taken for, and what was left out', async () => {
    const { reading, notes } = await read(
      lines({ messages: chat }, { messages: [] }, { messages: [chat[0]] }, { messages: chat, tools: null }),
    );
    const place = join(fixtures, 'shapes', 'chat_template.jinja');
    assert.equal(
      reading.sentence,
      `"rows.jsonl": conversations ("messages"); rendered with the chat template "${place}"; the assistant's turns as ` +
        'responses; 2 of 4 rows skipped.',
    );
    assert.deepEqual(notes, [
      'Line 2 is skipped: it has no messages.',
      'Line 3 is skipped: it has no turn of the assistant.',
    ]);
  });

  it('says that a field which goes on with the prompt is not used, where the fields were named', async () => {
    const content = lines(
      { instruction: 'a', input: '', output: 'b' },
      { instruction: 'a', input: 'more', output: 'b' },
      { instruction: 'a', input: null, output: 'b' },
    );
    const named = await read(content, { promptField: 'instruction', responseField: 'output' });
    assert.equal(
      named.reading.sentence,
      '"rows.jsonl": pairs of "instruction" and "output"; plain text; the field "input" of 1 row is not used.',
    );
    assert.doesNotMatch((await read(content)).reading.sentence, /not used/);
  });

  it('cuts a conversation at its end, with the turns that are cut off', async () => {
    const long = [...chat, { role: 'user', content: 'word '.repeat(50) }, { role: 'assistant', content: 'never seen' }];
    const { samples, notes } = await read(lines({ messages: long }), { maxLength: 30 });
    assert.equal(samples[0]!.ids.length, 30);
    assert.equal(samples[0]!.responses.length, 1);
    assert.match(notes[0]!, /^Line 1 is cut from \d+ to 30 tokens at its end\.$/);
    const { samples: none } = await read(lines({ messages: long }, { messages: chat }), {
      maxLength: 30,
      turns: 'last',
    });
    assert.deepEqual(
      none.map(({ line }) => line),
      [2],
    );
  });

  it('takes the first folder that has a chat template', async () => {
    const { samples } = await read(lines({ messages: chat }), { templateFolders: [folder, join(fixtures, 'shapes')] });
    assert.equal(samples.length, 1);
  });

  it('reads template arguments as JSON, as Python, or as text', async () => {
    const template = join(folder, 'chat_template.jinja');
    writeFileSync(template, '{{ [a, b, c, d] | tojson }}{% generation %}x{% endgeneration %}');
    const spelled = async (templateArgs: readonly string[]) =>
      (await read(lines({ messages: chat }), { chatTemplate: template, templateArgs })).samples[0]!.ids;
    assert.deepEqual(
      await spelled(['a=False', 'b=1.0', 'c=no json', 'd={"x": [1]}']),
      await spelled(['a=false', 'b=1.0', 'c="no json"', 'd={"x":[1]}']),
    );
  });
});
