import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { fromJson } from '../../../../src/calibration/chat/jinja/values/json.ts';
import { SampleReader } from '../../../../src/calibration/sampleReader.ts';
import { shapeOfDatasetInfo } from '../../../../src/calibration/shapes/datasetInfo.ts';
import { readTokenizer } from '../../../../src/calibration/tokenizer/tokenizer.ts';
import { runText } from '../../../../src/calibration/tokenizer/tokenText.ts';
import { InputError } from '../../../../src/errors.ts';
import { areResponses } from '../../../../src/method/responseRows.ts';
import { defaultCalibrationSettings, pairForms, shapeNames } from '../../../../src/settings/calibrationSettings.ts';
import { fixtures } from '../../../paths.ts';

const tokenizerPath = join(fixtures, 'chat', 'chatml.tokenizer.json');
const names = [
  ...[
    'prompt',
    'response',
    'completion',
    'instruction',
    'input',
    'output',
    'system',
    'history',
    'messages',
    'conversations',
  ],
  ...[
    'chosen',
    'rejected',
    'tools',
    'label',
    'reward_model',
    'extra_info',
    'chat_template_kwargs',
    'constructor',
    'x.y',
  ],
];
const speech = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', 'system', 'tool', 7, null),
    from: fc.constantFrom('human', 'gpt', 'function_call', 'observation', 'nobody', null),
    content: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null), fc.constant('\ud83d'), fc.jsonValue()),
    value: fc.oneof(fc.string(), fc.constant('{"name": "f", "arguments": {}}'), fc.jsonValue()),
    weight: fc.constantFrom(0, 1, 2, null, 'x'),
    tool_calls: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const field = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', null, '[', '[{}]', '\ud83d'),
  fc.array(speech, { maxLength: 4 }),
  fc.array(speech, { maxLength: 3 }).map((list) => JSON.stringify(list)),
  fc.jsonValue({ maxDepth: 3 }),
);
const text = fc.constantFrom('', 'a question', ' an answer', '日本 🎉', null);
const turn = fc.record({ role: fc.constantFrom('user', 'assistant'), content: text });
const spoken = fc.record({ from: fc.constantFrom('human', 'gpt'), value: text });
const turns = fc.array(turn, { maxLength: 4 });
/** Rows as they should be. */
const good = fc.oneof(
  fc.record({ prompt: text, response: text }),
  fc.record({ instruction: text, input: text, output: text }),
  fc.record({ messages: turns }),
  fc.record({ conversations: fc.array(spoken, { maxLength: 4 }) }),
  fc.record({ prompt: turns, completion: turns }),
  fc.record({ prompt: text, chosen: text, rejected: text }),
  fc.record({ chosen: turns, rejected: turns }),
);
const odd = fc.dictionary(fc.constantFrom(...names), field, { maxKeys: 4 });
const row = fc.oneof(
  { weight: 6, arbitrary: good },
  { weight: 2, arbitrary: fc.tuple(good, odd).map(([one, other]) => ({ ...one, ...other })) },
  { weight: 2, arbitrary: odd },
  { weight: 1, arbitrary: fc.jsonValue() },
);

describe('any row at all', () => {
  it('is read, skipped or refused in a sentence', async () => {
    const tokenizer = await readTokenizer(tokenizerPath);
    const settings = fc.record({
      format: fc.oneof({ weight: 4, arbitrary: fc.constant('auto' as const) }, fc.constantFrom(...shapeNames)),
      pairsAs: fc.constantFrom(...pairForms),
    });
    let [taken, skipped, refused] = [0, 0, 0];
    const property = fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 3 }), settings, async (rows, asked) => {
      const reader = new SampleReader(
        {
          ...{ paths: ['rows.jsonl'], tokenizerPath, maxLength: 64, vocabSize: 1e6 },
          ...{ ...defaultCalibrationSettings, ...asked, templateFolders: [join(fixtures, 'shapes')] },
        },
        tokenizer,
      );
      for (const [i, each] of rows.entries()) {
        try {
          const read = () => fromJson(JSON.stringify(each));
          const row = { file: 0, number: i + 1, unit: 'line', bytes: 0, read } as const;
          if (i === 0) reader.learnShape(row);
          const sample = await reader.sample(row);
          if (sample === undefined) skipped++;
          else {
            taken++;
            assert.ok(sample.responses.length > 0 && areResponses(sample.responses, sample.ids.length));
          }
          assert.match(reader.reading().sentence, /^"rows\.jsonl": .+\.$/);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          refused++;
          return;
        }
      }
    });
    await fc.assert(property, { numRuns: 1500, seed: 17 });
    // The rows are of every kind.
    assert.ok(Math.min(taken, skipped, refused) > 100, `${taken} read, ${skipped} skipped, ${refused} refused`);
  });
});

describe('what a dataset_info.json says', () => {
  const shape = (entry: Readonly<Record<string, unknown>>) =>
    shapeOfDatasetInfo({ path: 'dataset_info.json', name: 'mine', entry }, 'text');

  it('has usual columns where it lists none, and those alone that it lists', () => {
    assert.equal(shape({}).label, 'Alpaca rows ("instruction", "input", "output")');
    assert.equal(shape({ columns: { prompt: 'q', response: 'a' } }).label, 'Alpaca rows ("q", "a")');
    assert.equal(
      shape({ ranking: true, columns: { prompt: 'q', chosen: 'c', rejected: 'r' } }).label,
      'Alpaca rows ("q", "c")',
    );
    assert.equal(shape({ formatting: 'openai', columns: { messages: 'm' } }).label, 'ShareGPT conversations ("m")');
  });

  const bad: readonly (readonly [entry: Readonly<Record<string, unknown>>, what: string])[] = [
    [{ columns: { prompt: 'text' } }, 'no column of prompts or of responses'],
    [{ formatting: 'csv' }, 'the formatting "csv"'],
    [{ formatting: 'sharegpt', ranking: true }, 'that it ranks answers to conversations, which is not read'],
  ];
  for (const [entry, what] of bad) {
    it(`is refused for ${what}`, () => {
      const message = `"dataset_info.json" says of "mine" ${what}: name the shape with --format to read it otherwise.`;
      assert.throws(() => shape(entry), { message });
    });
  }
});

describe('the text of tokens in a row', () => {
  it('is what was tokenised, whole characters of several tokens too', async () => {
    const text = '<|im_start|>日本 and é, 👩‍👩‍👧‍👦\n';
    for (const path of [tokenizerPath, join(fixtures, 'chat', 'prepend.tokenizer.json')]) {
      const tokenizer = await readTokenizer(path);
      const ids = tokenizer.encode(text);
      assert.equal(runText(tokenizer, ids).trimStart(), text);
    }
    const tokenizer = await readTokenizer(tokenizerPath);
    assert.match(runText(tokenizer, tokenizer.encode('𒀀').slice(0, 1)), /^(\\x[0-9A-F]{2})+$/);
  });
});
