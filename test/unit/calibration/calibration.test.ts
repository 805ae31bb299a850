import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CalibrationOptions, readCalibration } from '../../../src/calibration/calibration.ts';
import { InputError, Interrupted } from '../../../src/errors.ts';
import { defaultCalibrationSettings } from '../../../src/settings/calibrationSettings.ts';
import { sampleFolder } from '../../paths.ts';

const tokenizerPath = join(sampleFolder, 'base', 'tokenizer.json');
const pair = (prompt: unknown, response: unknown) => JSON.stringify({ prompt, response });

describe('calibration', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'calibration-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function read(content: string | Uint8Array, options: Partial<CalibrationOptions> = {}) {
    const path = join(folder, 'pairs.jsonl');
    writeFileSync(path, content);
    return readCalibration({
      paths: [path],
      samples: 0,
      seed: 0,
      tokenizerPath,
      templateFolders: [join(sampleFolder, 'base')],
      ...defaultCalibrationSettings,
      maxLength: 4096,
      vocabSize: 768,
      ...options,
    });
  }

  it('reads lines with a byte order mark, CRLF, blank lines and no last line end', async () => {
    const { samples, notes } = await read(`\ufeff${pair('a', 'b')}\r\n\r\n  \n${pair('c', 'd e')}`);
    assert.deepEqual(
      samples.map(({ index, line }) => ({ index, line })),
      [
        { index: 0, line: 1 },
        { index: 1, line: 4 },
      ],
    );
    assert.deepEqual(notes, []);
  });

  it('takes the fields by other names and leaves the rest of the object alone', async () => {
    const line = JSON.stringify({ question: 'a', answer: 'b', prompt: 7, nested: { response: [] } });
    const { samples } = await read(line, { promptField: 'question', responseField: 'answer' });
    assert.equal(samples.length, 1);
  });

  it('lets a line lie across the borders of what is read at once', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => pair(`question ${i} ${'é'.repeat(200)}`, `answer ${i}`));
    const { samples } = await read(lines.join('\n'));
    assert.equal(samples.length, 3000);
    assert.equal(samples.at(-1)!.line, 3000);
  });

  it('allows an empty prompt: the first response token then has nothing before it', async () => {
    const { samples } = await read(pair('', 'We solve this step by step.'));
    assert.deepEqual(samples[0]!.responses, [{ start: 1, end: samples[0]!.ids.length }]);
  });

  it('cuts long responses and skips what then has no response row, and says so', async () => {
    const long = 'We solve this step by step. '.repeat(20);
    const { samples, notes } = await read([pair('Hi', long), pair(long, 'x'), pair('a', 'b')].join('\n'), {
      maxLength: 12,
    });
    assert.deepEqual(
      samples.map(({ index, line, ids }) => ({ index, line, length: ids.length })),
      [
        { index: 0, line: 1, length: 12 },
        { index: 1, line: 3, length: 2 },
      ],
    );
    assert.match(notes[0]!, /^Line 1 is cut from \d+ to 12 tokens at the end of its response\.$/);
    assert.match(notes[1]!, /^Line 2 is skipped: its prompt alone has \d+ tokens, and at most 12 are used\.$/);
  });

  const bad: readonly (readonly [string, string | Uint8Array, string, Partial<CalibrationOptions>?])[] = [
    ['an empty file', '', '"FILE" has no response to use: it is empty.'],
    ['blank lines only', '\n \n', '"FILE" has no response to use: it is empty.'],
    [
      'a broken line',
      `${pair('a', 'b')}\n{"prompt": "a", "resp`,
      '"FILE", line 2: the line is not JSON. Each line must be one JSON object.',
    ],
    ['an array', '[1, 2]', '"FILE", element 1: the element is not a JSON object.'],
    ['null', 'null', '"FILE", line 1: the line is not a JSON object.'],
    [
      'a missing field',
      `${pair('a', 'b')}\n{"prompt": "a"}`,
      '"FILE", line 2: there is no field "response" among "prompt". The rows before it are pairs of "prompt" and "response".',
    ],
    [
      'an inherited name',
      '{"response": "a"}',
      '"FILE", line 1: there is no field "constructor" among "response".',
      { promptField: 'constructor' },
    ],
    ['a number', pair(1, 'b'), '"FILE", line 1: the field "prompt" is not a string.'],
    [
      'half a surrogate pair',
      '{"prompt": "a", "response": "\\ud83d"}',
      '"FILE", line 1: the field "response" holds half of a surrogate pair, which is no text.',
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(`${pair('a', 'b')}\n{"prompt": "`), Buffer.of(0xc3, 0x28), Buffer.from('"}')]),
      '"FILE", line 2: the line is not UTF-8 text.',
    ],
    [
      'a token beyond the vocabulary',
      pair('a', 'b'),
      `"FILE", line 1: token 65, "a", is beyond the model's vocabulary of 10. Does "${tokenizerPath}" belong to this model?`,
      { vocabSize: 10 },
    ],
    [
      'nothing that can be measured',
      pair('', 'b'),
      '"FILE" has no response to use: every line is skipped. Line 1 is skipped: its only token has no token before it to predict it.',
    ],
  ];

  for (const [what, content, message, options] of bad) {
    it(`refuses ${what}`, async () => {
      const expected = message.replace('FILE', join(folder, 'pairs.jsonl'));
      await assert.rejects(read(content, options), (error: unknown) => {
        assert.ok(error instanceof InputError);
        assert.equal(error.message, expected);
        return true;
      });
    });
  }

  it('names the first lines that are cut or skipped, and counts the rest', async () => {
    const long = 'We solve this step by step. '.repeat(20);
    const lines = [...Array(13).fill(pair('Hi', long)), ...Array(11).fill(pair(long, 'x'))];
    const { samples, notes } = await read(lines.join('\n'), { maxLength: 12 });
    assert.equal(samples.length, 13);
    assert.equal(notes.length, 22);
    assert.match(notes[9]!, /^Line 10 is cut/);
    assert.equal(notes[10], '3 more lines are cut at their ends.');
    assert.match(notes[11]!, /^Line 14 is skipped/);
    assert.equal(notes[21], '1 more line is skipped.');
  });

  it('skips empty and null responses and prompts, and says so', async () => {
    const content = [pair('a', 'b'), pair('a', ''), '', pair('a', null), pair(null, 'b')].join('\n');
    const { samples, notes, reading } = await read(content);
    assert.equal(samples.length, 1);
    assert.deepEqual(notes, [
      'Line 2 is skipped: its "response" is empty.',
      'Line 4 is skipped: its "response" is null.',
      'Line 5 is skipped: its "prompt" is null.',
    ]);
    assert.deepEqual([reading.rows, reading.skipped], [4, 3]);
    await assert.rejects(read(pair('a', '')), {
      message: `"${join(folder, 'pairs.jsonl')}" has no response to use: every line is skipped. Line 1 is skipped: its "response" is empty.`,
    });
  });

  it('draws some of many rows, keeps their order, and says how many there are', async () => {
    const lines = Array.from({ length: 1500 }, (_, i) => pair(`question ${i}`, `answer ${i}`));
    const { samples, notes } = await read(lines.join('\n'), { samples: 20, seed: 3 });
    assert.equal(samples.length, 20);
    const numbers = samples.map(({ line }) => line);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    assert.deepEqual(
      samples.map(({ index }) => index),
      samples.map((_, i) => i),
    );
    assert.deepEqual(notes, ['The file has 1,500 rows; 20 drawn by seed 3 are used.']);
    const all = await read(lines.join('\n'));
    for (const { line, ids } of samples) assert.deepEqual(ids, all.samples[line - 1]!.ids);
    assert.deepEqual((await read(lines.join('\n'), { samples: 20, seed: 3 })).samples, samples);
    assert.notDeepEqual((await read(lines.join('\n'), { samples: 20, seed: 4 })).samples, samples);
    // As many as there are, or more: nothing is drawn.
    assert.deepEqual(await read(lines.join('\n'), { samples: 1500, seed: 3 }), all);
  });

  it('draws others for rows that cannot be used, and names the first of those', async () => {
    const long = 'We solve this step by step. '.repeat(20);
    const lines = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? pair(long, 'x') : pair('Hi', `answer ${i}`)));
    const { samples, notes } = await read(lines.join('\n'), { samples: 30, maxLength: 12 });
    assert.equal(samples.length, 30);
    assert.ok(samples.every(({ line }) => line % 2 === 0));
    const said =
      /^The file has 300 rows; 30 of (\d+) drawn by seed 0 are used, (\d+) of those drawn being skipped for others\.$/;
    const [, drawn, skipped] = said.exec(notes[0]!) ?? [];
    assert.equal(Number(drawn), 30 + Number(skipped));
    const named = notes.flatMap((note) => /^Line (\d+) is skipped: its prompt alone/.exec(note)?.[1] ?? []).map(Number);
    assert.equal(named.length, 10);
    assert.deepEqual(
      named,
      [...named].sort((a, b) => a - b),
    );
    assert.equal(notes.at(-1), `${Number(skipped) - 10} more lines are skipped.`);
  });

  it('reads several files of any container as one, and names the file with the row', async () => {
    const [one, two, three] = ['one.jsonl', 'two.json', 'three.jsonl.gz'].map((name) => join(folder, name));
    writeFileSync(one!, [pair('a', 'b'), pair('c', 'd')].join('\n'));
    writeFileSync(two!, `[${pair('We solve this step by step. '.repeat(20), 'x')}, ${pair('e', 'f')}]`);
    writeFileSync(three!, gzipSync(pair('g', 'h')));
    const paths = [one!, two!, three!];
    const { samples, notes } = await read('', { paths, maxLength: 12 });
    assert.deepEqual(
      samples.map(({ index, file, line }) => [index, file, line]),
      [
        [0, 0, 1],
        [1, 0, 2],
        [2, 1, 2],
        [3, 2, 1],
      ],
    );
    assert.match(notes[0]!, /^Element 1 of "two\.json" is skipped: its prompt alone has/);
    writeFileSync(three!, gzipSync(`${pair('g', 'h')}\n\n{"prompt": 1}`));
    await assert.rejects(read('', { paths }), {
      message: `"${three}", line 3: the field "prompt" is not a string. The rows of "one.jsonl" are pairs of "prompt" and "response".`,
    });
    for (const path of paths) writeFileSync(path, '');
    await assert.rejects(read('', { paths }), {
      message: `"${one}", "${two}", "${three}" have no response to use: each is empty.`,
    });
  });

  it('stops when asked', async () => {
    await assert.rejects(read(pair('a', 'b'), { signal: AbortSignal.abort() }), Interrupted);
  });

  it('refuses a file that is not there, and a folder', async () => {
    await assert.rejects(read('x', { paths: [join(folder, 'missing.jsonl')] }), {
      message: `Cannot read "${join(folder, 'missing.jsonl')}": there is no such file.`,
    });
    await assert.rejects(read('x', { paths: [folder] }), {
      message: `Cannot read "${folder}": it is a folder, not a file.`,
    });
  });
});
