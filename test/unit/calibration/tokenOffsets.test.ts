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

  it('are not told where the tokens spell another text', async () => {
    const tokenizer = await readTokenizer(join(fixtures, 'tokenizers', 'qwen2.tokenizer.json'));
    assert.equal(tokenOffsets(tokenizer, 'abc', tokenizer.encode('abd')), undefined);
    assert.equal(tokenOffsets(tokenizer, 'abc', [...tokenizer.encode('abc'), 1_000_000]), undefined);
  });
});
