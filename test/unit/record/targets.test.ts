import assert from 'node:assert/strict';
import type { RunRecord } from '../../../src/record/run/runRecord.ts';
import { sampleExcerpts, searchSamples } from '../../../src/record/run/targets/sampleTexts.ts';
import { targetContexts } from '../../../src/record/run/targets/targetContexts.ts';
import { targetWords, wordAt } from '../../../src/record/run/targets/targetWords.ts';
import { wordsRecord } from './wordsRecord.ts';

function open() {
  const { draft, arrays } = wordsRecord();
  return { record: draft as RunRecord, arrays };
}

describe('words at targets', () => {
  /** The words of all tokens of a text. */
  const words = (...tokens: string[]) => tokens.map((_, at) => wordAt((position) => tokens[position] ?? '', at));

  it('are put together from their pieces, up to spaces and punctuation', () => {
    assert.deepEqual(words('We', ' del', 'iber', 'ate', ' now', '.'), [
      'We',
      ...Array(3).fill('deliberate'),
      'now',
      '.',
    ]);
    assert.deepEqual(words(' don', "'t", ' sto', 'p', ',', ' it'), ["don't", "don't", 'stop', 'stop', ',', 'it']);
    assert.deepEqual(words(' 3', '.', '14', ' well', '-', 'known'), ['3.14', '3.14', '3.14', 'well', '-', 'known']);
    assert.deepEqual(words('snake', '_', 'case', '(x', ');\n'), [...Array(3).fill('snake_case'), '(x', ');']);
  });

  it('are the tokens themselves where those are spaces, special or empty', () => {
    assert.deepEqual(words('a', ' ', '\n\n', '', 'b'), ['a', ' ', '\n\n', '', 'b']);
    assert.deepEqual(words('end', '<|im_end|>', '\n'), ['end', '<|im_end|>', '\n']);
  });

  it('come from a dictionary in scripts without spaces', () => {
    assert.deepEqual(words('我', '们', '喜', '欢', '学', '习'), ['我们', '我们', '喜欢', '喜欢', '学习', '学习']);
  });

  it('look no further than some tokens for a word without an end', () => {
    const endless = Array<string>(1000).fill('ab');
    assert.equal(
      wordAt((position) => endless[position] ?? '', 500),
      'ab'.repeat(25),
    );
  });

  it('are counted with the mean of their gaps', () => {
    const { record, arrays } = open();
    const { words: found, wordOf } = targetWords(record, arrays);
    const rounded = found.map((word) => ({ ...word, meanGap: Number(word.meanGap.toFixed(6)) }));
    assert.deepEqual(rounded, [
      { text: 'deliberate', count: 3, meanGap: 0.208333, ids: [3, 7, 8] },
      { text: 'now', count: 1, meanGap: 0.125, ids: [5] },
    ]);
    assert.deepEqual([...wordOf], [0, 1, 0, 0]);
  });
});

describe('contexts of targets', () => {
  it('say where each stands, and what is around it; targets that are not there are left out', () => {
    const { record, arrays } = open();
    const [first, second, ...rest] = targetContexts(record, arrays, [2, 0, 99]);
    assert.deepEqual(first, {
      target: 2,
      sample: 1,
      position: 1,
      text: ' del',
      gap: 0.25,
      before: 'So',
      after: 'iberate',
    });
    const { sample, position, before, text, after } = second!;
    assert.deepEqual([sample, position, before, text, after], [0, 2, 'We del', 'iber', 'ate now']);
    assert.deepEqual(rest, []);
  });
});

describe('texts of samples', () => {
  it('begin where samples differ', () => {
    const { record, arrays } = open();
    assert.deepEqual(sampleExcerpts(record, arrays), ['We deliberate now', 'So deliberate']);
    const alike = new Map(arrays).set('samples.ids', Int32Array.of(1, 2, 3, 4, 5, 1, 2, 8));
    assert.deepEqual(sampleExcerpts(record, alike), ['…iberate now', '…iberate']);
    const same = new Map(arrays).set('samples.ids', Int32Array.of(1, 2, 3, 4, 5, 1, 2, 3));
    assert.deepEqual(sampleExcerpts(record, same), ['…ate now', 'We deliber']);
  });

  it('are searched across tokens, upper and lower case alike', () => {
    const { record, arrays } = open();
    assert.deepEqual(searchSamples(record, arrays, 'DELIBERATE'), [0, 1]);
    assert.deepEqual(searchSamples(record, arrays, 'deliberate now'), [0]);
    assert.deepEqual(searchSamples(record, arrays, '.*'), []);
  });
});
