import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CalibrationOptions, readCalibration } from '../../../src/calibration/calibration.ts';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import { tokenTexts } from '../../../src/calibration/tokenTexts.ts';
import { distFolder } from '../../../src/distFolder.ts';
import { InputError, Interrupted } from '../../../src/errors.ts';
import { defaultCalibrationSettings } from '../../../src/settings/calibrationSettings.ts';
import { setEnvironment } from '../../environment.ts';
import { hangOnLines, hangOnLoading, ordinaryPrompt } from '../../hangingTokenizer.ts';
import { checkpointFixtures, fixtures, sampleFolder } from '../../paths.ts';

const folder = join(fixtures, 'tokenizers');
const names = readdirSync(folder).flatMap((file) => /^(.+)\.ids\.json$/.exec(file)?.[1] ?? []);
const json = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

function pathOf(name: string): string {
  if (name === 'sample') return join(sampleFolder, 'base', 'tokenizer.json');
  if (name === 'tiny') return join(checkpointFixtures, 'tiny-qwen3-tied', 'base', 'tokenizer.json');
  return join(folder, `${name}.tokenizer.json`);
}

const pair = (prompt: string, response: string) => `${JSON.stringify({ prompt, response })}\n`;

describe('the process that tokenises', () => {
  let temporary: string;
  let hanging: string;
  let slowToLoad: string;
  before(() => {
    temporary = mkdtempSync(join(tmpdir(), 'tokenizing-'));
    hanging = join(temporary, 'hanging.json');
    slowToLoad = join(temporary, 'slow.json');
    for (const path of [hanging, slowToLoad]) cpSync(pathOf('sample'), path);
    hangOnLines(hanging);
    hangOnLoading(slowToLoad);
  });
  after(() => rmSync(temporary, { recursive: true }));

  const path = () => join(temporary, 'pairs.jsonl');
  function read(content: string, options: Partial<CalibrationOptions> = {}) {
    writeFileSync(path(), content);
    return readCalibration({
      ...{ paths: [path()], samples: 0, seed: 0, tokenizerPath: hanging },
      ...{ templateFolders: [temporary], ...defaultCalibrationSettings },
      ...{ maxLength: 4096, vocabSize: 200_000 },
      ...options,
    });
  }

  for (const name of names) {
    it(`${name}: gives the ids of Python's tokenizers`, async () => {
      const texts: readonly string[] = json('texts');
      const ids: readonly (readonly number[])[] = json(`${name}.ids`);
      const used = texts.map((text, i) => ({ text, ids: ids[i]! })).filter(({ ids }) => ids.length > 0);
      const start = (await readTokenizer(pathOf(name))).encode('x');
      const content = used.map(({ text }) => pair('x', text)).join('');
      const { samples, notes } = await read(content, { tokenizerPath: pathOf(name), specialTokens: 'none' });
      assert.deepEqual(
        samples.map(({ ids }) => [...ids]),
        used.map(({ ids }) => [...start, ...ids]),
      );
      assert.ok(
        samples.every(
          ({ responses, index, line }, i) => responses[0]!.start === start.length && index === i && line === i + 1,
        ),
      );
      assert.deepEqual(notes, []);
    });
  }

  it('is the only place where texts are tokenised', () => {
    const held = (bundle: string) => {
      const { sources } = JSON.parse(readFileSync(join(distFolder, `${bundle}.map`), 'utf8')) as { sources: string[] };
      return sources.some((source) => source.endsWith('calibration/tokenizer/tokenizer.ts'));
    };
    assert.equal(held('tokenizerWorker.cjs'), true);
    for (const bundle of ['cli.cjs', 'extension.cjs', 'engine.cjs', 'tokenizer.cjs']) {
      assert.equal(held(bundle), false, bundle);
    }
  });

  it('gives up on a line whose regular expression does not end, and names both', async () => {
    const line = pair(ordinaryPrompt, 'x');
    await assert.rejects(read(pair('a', 'b') + line, { lineLimitMs: 1000 }), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.equal(
        error.message,
        `"${path()}", line 2: the tokenizer did not finish it within 1 s. Either the line is too long (${line.length - 1} ` +
          `bytes): shorten it or leave it out; or a regular expression in "${hanging}" goes through ever more ways to match ` +
          'it: use the tokenizer.json that the model was published with.',
      );
      return true;
    });
  });

  it('stops while a regular expression does not end', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const first = pair('a', 'b');
    const content = first + pair(ordinaryPrompt, 'x');
    const reading = read(content, {
      signal: stop.signal,
      // The first line is done, and so the second has begun.
      onProgress: (done, total) => {
        seen.push(done, total);
        stop.abort();
      },
    });
    await assert.rejects(reading, Interrupted);
    assert.deepEqual(seen, [first.length, content.length]);
  });

  it('stops while a tokenizer is loaded', async () => {
    const stop = new AbortController();
    const reading = tokenTexts(slowToLoad, [1], stop.signal);
    setTimeout(() => stop.abort(), 500);
    await assert.rejects(reading, Interrupted);
  });

  it('does not start for what is stopped already', async () => {
    await assert.rejects(tokenTexts(hanging, [1], AbortSignal.abort()), Interrupted);
  });

  /** @throws AssertionError unless reading ends with this message */
  async function runsOutOfMemory(content: string, nodeOptions: string, message: string): Promise<void> {
    const restore = setEnvironment({ NODE_OPTIONS: nodeOptions });
    try {
      await assert.rejects(read(content, { tokenizerPath: pathOf('sample') }), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.equal(error.message, message);
        return true;
      });
    } finally {
      restore();
    }
  }

  const tooLong = (number: number, line: string) =>
    `"${path()}", line ${number}: tokenising it takes more memory than there is; the line has ${(line.length - 1).toLocaleString('en-US')} bytes. Shorten it or leave it out.`;

  it('says which line takes more memory than there is', async () => {
    const line = pair('a', 'word '.repeat(4_000_000));
    await runsOutOfMemory(pair('a', 'b') + line, '--max-old-space-size=64', tooLong(2, line));
  });

  /** Has V8's words written and the process ended, as V8 does, once the thread parses what holds the word. */
  function abortAt(word: string): string {
    const file = join(temporary, 'abort.cjs');
    writeFileSync(
      file,
      `const { isMainThread } = require('node:worker_threads');
      const { writeSync } = require('node:fs');
      const parse = JSON.parse;
      if (!isMainThread) JSON.parse = (text, ...more) => {
        if (String(text).includes(${JSON.stringify(word)})) {
          writeSync(2, '\\nFATAL ERROR: invalid table size Allocation failed - JavaScript heap out of memory\\n');
          process.kill(process.pid, 'SIGABRT');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        }
        return parse(text, ...more);
      };`,
    );
    return `--require "${file}"`;
  }

  it('says so too when V8 ends the whole process for it', async () => {
    const line = pair('a', `fatal ${'word '.repeat(300_000)}`);
    await runsOutOfMemory(pair('a', 'b') + line + pair('c', 'd'), abortAt('fatal'), tooLong(2, line));
  });

  it('names the file when V8 ends the process between heavy rows', async () => {
    const heavy = pair('a', 'word '.repeat(300_000));
    const message = `The rows of "${path()}" take more memory than there is. Take fewer, or a machine with more memory.`;
    await runsOutOfMemory(heavy + pair('a', 'fatal'), abortAt('fatal'), message);
  });
});
