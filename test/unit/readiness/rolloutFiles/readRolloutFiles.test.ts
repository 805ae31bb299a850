import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prompt } from '../../../../src/readiness/prompts/prompt.ts';
import { matchPrompts } from '../../../../src/readiness/rolloutFiles/matchPrompts.ts';
import { readRolloutFiles } from '../../../../src/readiness/rolloutFiles/readRolloutFiles.ts';
import type { ChosenColumns } from '../../../../src/readiness/rolloutFiles/rolloutColumns.ts';
import type { RolloutTable } from '../../../../src/readiness/rolloutFiles/rolloutTable.ts';
import { RolloutFileSource } from '../../../../src/run/readiness/rolloutFileSource.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/rollouts');
const { signal } = new AbortController();
const read = (paths: readonly string[], columns: ChosenColumns = {}, step?: number) =>
  readRolloutFiles(paths, { columns, step, signal });

interface GoldenPrompt {
  readonly prompt: string | readonly { readonly role: string; readonly content: string }[];
  readonly answer: string | null;
  readonly responses: readonly string[];
  readonly rewards: readonly (number | null)[];
}

function plain({ prompts, rollouts }: RolloutTable): GoldenPrompt[] {
  return prompts.map(({ input, answer }, i) => ({
    prompt: input.kind === 'text' ? input.text : input.messages,
    answer,
    responses: rollouts[i]!.rollouts.map(({ text }) => text),
    rewards: rollouts[i]!.rollouts.map(({ reward }) => reward),
  }));
}

describe('files of rollouts, as their frameworks write them', () => {
  const golden = JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8')) as Readonly<
    Record<string, readonly GoldenPrompt[]>
  >;
  for (const [name, wanted] of Object.entries(golden)) {
    it(`reads ${name}`, async () => {
      assert.deepEqual(plain(await read([join(fixtures, name)])), wanted);
    });
  }

  it('says who wrote a file, which columns hold what, and that counts differ', async () => {
    const { notes, rewarded } = await read([join(fixtures, 'verl.jsonl')]);
    assert.match(
      notes[0]!,
      /written by verl; prompt in "input", response in "output", reward in "score", right answer in "gts"\.$/,
    );
    assert.equal(notes[1], '9 answers to 3 prompts, between 2 and 4 each: what needs as many of all is limited to 2.');
    assert.ok(rewarded);
  });

  it('keeps length and ending where slime says them, and leaves out what was broken off', async () => {
    const { rollouts, notes } = await read([join(fixtures, 'slime.jsonl')]);
    assert.deepEqual(
      rollouts[2]!.rollouts.map(({ tokens, stopped }) => [tokens, stopped]),
      [
        [2, true],
        [3, false],
        [4, true],
        [5, true],
      ],
    );
    assert.ok(notes.includes('Left out: 1 answer that their sampler broke off.'), notes.join('\n'));
  });

  it("refuses slime's pickled samples, with what to do", async () => {
    const path = join(fixtures, 'slime.pt');
    await assert.rejects(read([path]), {
      name: 'InputError',
      message: new RegExp(`^"${path}" is a PyTorch or pickle file, as slime's .*json\\.dumps\\(sample`),
    });
  });

  it('takes another column when it is named, one inside an object too', async () => {
    const { rollouts } = await read([join(fixtures, 'verl.jsonl')], { reward: 'acc' });
    assert.deepEqual(
      rollouts[0]!.rollouts.map(({ reward }) => reward),
      [1, 0, 1],
    );
    const { prompts } = await read([join(fixtures, 'generation.parquet')], { answer: 'reward_model.style' });
    assert.equal(prompts[0]!.answer, 'rule');
  });
});

describe('files of rollouts', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollouts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, ...rows: readonly unknown[]) => {
    const path = join(folder, name);
    writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
    return path;
  };
  const refused = async (message: RegExp, rows: readonly unknown[], columns: ChosenColumns = {}) => {
    await assert.rejects(read([write('x.jsonl', ...rows)], columns), { name: 'InputError', message });
  };

  it('puts answers of several files to one prompt together', async () => {
    const one = write('a.jsonl', { prompt: 'p', response: 'a', reward: 1 }, { prompt: 'q', response: 'b', reward: 0 });
    const two = write('b.jsonl', { question: 'p', completions: ['c', 'd'], scores: [0.5, true] });
    assert.deepEqual(plain(await read([one, two])), [
      { prompt: 'p', answer: null, responses: ['a', 'c', 'd'], rewards: [1, 0.5, 1] },
      { prompt: 'q', answer: null, responses: ['b'], rewards: [0] },
    ]);
  });

  it('does not mix answers of several steps to one prompt', async () => {
    const rows = [10, 20].map((step) => ({ input: 'p', output: `at ${step}`, score: 1, step }));
    await refused(
      /line 2: the same prompt was answered at several steps of the training \(10, 20\).*--rollout-step/,
      rows,
    );
    const path = write('steps.jsonl', ...rows);
    assert.deepEqual(plain(await read([path], {}, 20))[0]!.responses, ['at 20']);
    await assert.rejects(read([path], {}, 30), {
      message: 'The files of rollouts hold no rows of step 30; there are steps 10, 20.',
    });
    await assert.rejects(read([write('none.jsonl', { prompt: 'p', response: 'a' })], {}, 1), {
      message: /none\.jsonl" has no column of steps/,
    });
  });

  it('asks which reward is meant where there are several', async () => {
    await refused(/rewards of several functions: "brief", "kind"\..*--reward-column/, [
      { step: 1, prompt: 'p', completion: 'c', brief: 1, kind: 0, advantage: 0 },
    ]);
    await refused(/rewards of several kinds in "reward": "score", "length"\..*--reward-column reward\.NAME/, [
      { prompt: 'p', response: 'r', reward: { score: 1, length: 3 } },
    ]);
    const path = write('x.jsonl', { prompt: 'p', response: 'r', reward: { score: 1, length: 3 } });
    assert.deepEqual(plain(await read([path], { reward: 'reward.length' }))[0]!.rewards, [3]);
  });

  const hostile: readonly (readonly [string, RegExp, readonly unknown[], ChosenColumns?])[] = [
    ['no rows', /holds no rows/, []],
    ['rows that are no objects', /holds no rows that are objects/, ['"a"', '"b"']],
    ['a row that is none', /line 2: it is no object\./, [{ prompt: 'p', response: 'r' }, '7']],
    [
      'a line that is cut off',
      /line 2: the line is not JSON/,
      [{ prompt: 'p', response: 'r' }, '{"prompt": "p", "resp'],
    ],
    [
      'no responses',
      /no column that is known to hold responses; it has "prompt", "x"\. Name it/,
      [{ prompt: 'p', x: 1 }],
    ],
    ['no prompts', /no column that is known to hold prompts/, [{ response: 'r' }]],
    [
      'a named column that is missing',
      /no column "r2" \(--reward-column\)/,
      [{ prompt: 'p', response: 'r' }],
      { reward: 'r2' },
    ],
    ['one column for both', /cannot both be in the column "prompt"/, [{ prompt: 'p' }], { response: 'prompt' }],
    [
      'a prompt that is a number',
      /line 1: the prompt in "prompt" is neither a text nor a list/,
      [{ prompt: 1, response: 'r' }],
    ],
    [
      'a prompt of parts',
      /line 1: the prompt in "prompt" is a list, but not of messages/,
      [{ prompt: [{ role: 'u', content: [] }], response: 'r' }],
    ],
    ['a response that is none', /line 1: the response in "response" is no text/, [{ prompt: 'p', response: { a: 1 } }]],
    [
      'a reward in words',
      /line 1: the reward in "reward" is no number/,
      [{ prompt: 'p', response: 'r', reward: 'good' }],
    ],
    [
      'lists that differ',
      /line 1: it has 2 answers and 1 rewards/,
      [{ prompt: 'p', responses: ['a', 'b'], rewards: [1] }],
    ],
    [
      'one reward for several',
      /it has 2 answers, and in place of their rewards one value/,
      [{ prompt: 'p', responses: ['a', 'b'], reward: 1 }],
    ],
    ['nesting', /line 1: /, [`{"prompt":"p","response":${'['.repeat(100_000)}${']'.repeat(100_000)}}`]],
    [
      'a name of the prototype',
      /no column that is known to hold prompts/,
      ['{"__proto__": {"prompt": "p"}, "response": "r"}'],
    ],
  ];
  for (const [what, message, rows, columns] of hostile) {
    it(`refuses ${what} in a sentence`, () => refused(message, rows, columns));
  }

  const promptsOf = (...texts: readonly string[]): Prompt[] =>
    texts.map((content, index) => ({
      ...{ index: index + 5, line: index + 1, answer: null },
      input: { kind: 'messages', messages: [{ role: 'user', content }] },
    }));

  it('finds prompts in texts that a chat template rendered, the longest that fits', async () => {
    const table = await read([join(fixtures, 'verl.jsonl')]);
    const { rollouts, notes } = matchPrompts(table, promptsOf('What is 2 + 3 + 4?', 'What is 2 + 3?', '2', 'Who?'));
    assert.deepEqual(
      rollouts.map(({ prompt, rollouts: own }) => [prompt, own.length]),
      [
        [5, 4],
        [6, 3],
      ],
    );
    assert.match(
      notes.join(' '),
      /2 prompts of the rollouts found as part.*1 prompt of the rollouts not among.*2 prompts of the file without rollouts/,
    );
  });

  it('says when no prompt is known', async () => {
    const table = await read([join(fixtures, 'verl.jsonl')]);
    assert.throws(() => matchPrompts(table, promptsOf('Who?', '2')), {
      name: 'InputError',
      message: /^None of the 3 prompts/,
    });
  });

  it('takes patterns of files', async () => {
    write('1.jsonl', { prompt: 'p', response: 'a' });
    write('2.jsonl', { prompt: 'p', response: 'b' });
    const options = { columns: {}, signal };
    const { paths, table } = await RolloutFileSource.open([join(folder, '*.jsonl')], options, () => undefined);
    assert.deepEqual([paths.length, table.rollouts[0]!.rollouts.length], [2, 2]);
    await assert.rejects(
      RolloutFileSource.open([join(folder, '*.parquet')], options, () => undefined),
      {
        name: 'InputError',
        message: /^No file matches the rollouts/,
      },
    );
  });

  it('is a source of its own prompts, or of a file’s', async () => {
    const notes: string[] = [];
    const options = { columns: {}, signal };
    const source = await RolloutFileSource.open([join(fixtures, 'slime.jsonl')], options, (note) => notes.push(note));
    const counts = async (prompts: readonly Prompt[]) => {
      const found: (readonly number[])[] = [];
      for await (const { prompt, rollouts } of source.sample(prompts)) found.push([prompt, rollouts.length]);
      return found;
    };
    assert.deepEqual(await counts(source.table.prompts), [
      [0, 3],
      [1, 2],
      [2, 4],
    ]);
    assert.deepEqual(await counts(promptsOf('x', 'What is 2 + 3?')), [[6, 3]]);
    assert.match(notes.join('\n'), /written by slime[\s\S]*without rollouts/);
  });
});
