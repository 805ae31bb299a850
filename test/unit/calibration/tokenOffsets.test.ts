import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tokenOffsets } from '../../../src/calibration/chat/tokenOffsets.ts';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import { fixtures } from '../../paths.ts';
import { chatFolder } from './chatFixtures.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const texts = read(join(fixtures, 'tokenizers', 'texts.json')) as readonly string[];
/** Of each tokenizer and text: the first token of each code point, as the reference library's `char_to_token` says. */
const expected = read(join(chatFolder, 'offsets.json')) as Readonly<Record<string, readonly (readonly number[])[]>>;

describe('the characters of tokens', () => {
  const hard = read(join(fixtures, 'tokenizers', 'hardTexts.json')) as readonly string[];
  const offsetsOf = read(join(fixtures, 'tokenizers', 'hardOffsets.json')) as Readonly<Record<string, number[][]>>;

  it('are there', () => assert.deepEqual([Object.keys(expected).length, Object.keys(offsetsOf).length], [5, 11]));

  for (const [name, ofTexts] of Object.entries(expected)) {
    it(`${name}: those of the reference library, on accents, CJK, emoji, controls and the rest`, async () => {
      const tokenizer = await readTokenizer(join(fixtures, 'tokenizers', `${name}.tokenizer.json`));
      let compared = 0;
      for (const [i, text] of texts.entries()) {
        const offsets = tokenOffsets(tokenizer, text, tokenizer.encode(text));
        assert.ok(offsets !== undefined, JSON.stringify(text));
        // Where characters are merged by NFC, the reference library leaves the merged ones out; here they stay with their token.
        if (name === 'qwen2' && text.normalize('NFC') !== text) continue;
        let at = 0;
        const first = Array.from(text, (character) => {
          const token = offsets.findIndex(({ start, end }) => start <= at && at < end);
          at += character.length;
          return token;
        });
        assert.deepEqual(first, ofTexts[i], JSON.stringify(text));
        compared++;
      }
      assert.ok(compared >= 160, `${compared} texts`);
    });
  }

  const shortOnes = hard.filter((text) => [...text].length < 80);

  for (const [name, ofTexts] of Object.entries(offsetsOf)) {
    it(`${name}: the reference library's around added tokens that take white space along`, async () => {
      const tokenizer = await readTokenizer(join(fixtures, 'tokenizers', `${name}.tokenizer.json`));
      assert.equal(ofTexts.length, shortOnes.length);
      for (const [i, text] of shortOnes.entries()) {
        const units = [0];
        for (const character of text) units.push(units.at(-1)! + character.length);
        const { starts, ends } = tokenizer.encodeWithOffsets(text);
        const spans = starts.flatMap((start, token) => [start, ends[token]!]);
        assert.deepEqual(
          spans,
          ofTexts[i]!.map((edge) => units[edge]),
          JSON.stringify(text),
        );
      }
    });
  }

  for (const name of ['t5', 'xlm-r', 'albert', 'unigram-bytes', 'bert', 'words', 'clip', 'qwen2', 'byte-normalizer']) {
    it(`${name}: every character has a token, also one that is left out or merged`, async () => {
      const tokenizer = await readTokenizer(join(fixtures, 'tokenizers', `${name}.tokenizer.json`));
      for (const text of [...hard, ...texts]) {
        const ids = tokenizer.encode(text);
        const offsets = tokenOffsets(tokenizer, text, ids);
        assert.ok(offsets !== undefined && offsets.length === ids.length);
        if (ids.length === 0) continue;
        const covered = new Set(
          offsets.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)),
        );
        assert.equal(covered.size, text.length, JSON.stringify(text));
        assert.ok(offsets.every(({ start, end }, i) => start <= end && (i === 0 || start >= offsets[i - 1]!.start)));
      }
    });
  }

  it('tell an added token with the white space that it takes along, and what a normalizer left out', async () => {
    const phi4 = await readTokenizer(join(fixtures, 'tokenizers', 'phi4.tokenizer.json'));
    const text = 'a \t<|sep|>  b';
    const { ids, starts, ends } = phi4.encodeWithOffsets(text);
    assert.deepEqual(
      ids.map((id, i) => [phi4.literal.has(id), text.slice(starts[i], ends[i])]),
      [
        [false, 'a'],
        [true, ' \t<|sep|>  '],
        [false, 'b'],
      ],
    );
    const words = await readTokenizer(join(fixtures, 'tokenizers', 'words.tokenizer.json'));
    const stripped = '  the  ';
    assert.deepEqual(tokenOffsets(words, stripped, words.encode(stripped)), [{ start: 0, end: 7 }]);
    assert.deepEqual(words.encodeWithOffsets(stripped).starts, [2]);
  });

  it('are not told where the tokens spell another text', async () => {
    const tokenizer = await readTokenizer(join(fixtures, 'tokenizers', 'qwen2.tokenizer.json'));
    assert.equal(tokenOffsets(tokenizer, 'abc', tokenizer.encode('abd')), undefined);
    assert.equal(tokenOffsets(tokenizer, 'abc', [...tokenizer.encode('abc'), 1_000_000]), undefined);
  });
});
