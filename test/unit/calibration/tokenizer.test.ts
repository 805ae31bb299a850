import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCalibration } from '../../../src/calibration/calibration.ts';
import { readTokenizer } from '../../../src/calibration/tokenizer.ts';
import { bytesText, tokenTexts } from '../../../src/calibration/tokenTexts.ts';
import { goldenNames, loadGolden } from '../../golden/golden.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const fixtures = join(root, 'test', 'fixtures', 'tokenizers');

/** Token ids of hard texts, made by Python's `tokenizers` 0.23.2 with add_special_tokens=False. */
const expected: { readonly texts: readonly string[]; readonly ids: Readonly<Record<string, readonly number[][]>> } =
  JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8'));

const paths: Readonly<Record<string, string>> = {
  sample: join(root, 'media', 'sample', 'base', 'tokenizer.json'),
  tiny: join(root, 'test', 'fixtures', 'checkpoints', 'tiny-qwen3-tied', 'base', 'tokenizer.json'),
};

describe('tokenizer', () => {
  for (const [name, ids] of Object.entries(expected.ids)) {
    it(`${name}: the ids of Python's tokenizers on accents, CJK, emoji, controls and the rest`, async () => {
      const tokenizer = await readTokenizer(paths[name] ?? join(fixtures, `${name}.json`));
      for (const [i, text] of expected.texts.entries()) {
        assert.deepEqual(tokenizer.encode(text), ids[i], JSON.stringify(text));
      }
    });
  }

  for (const name of goldenNames) {
    it(`${name}: the golden ids of the whole calibration`, async () => {
      const golden = await loadGolden(name);
      const { samples, notes } = await readCalibration({
        path: golden.calibration,
        tokenizerPath: join(golden.sft, 'tokenizer.json'),
        promptField: 'prompt',
        responseField: 'response',
        maxLength: 4096,
        vocabSize: 768,
      });
      assert.deepEqual(notes, []);
      assert.deepEqual(
        samples.map(({ index, ids, promptLength }) => ({ index, ids, promptLength })),
        golden.samples,
      );
    });

    it(`${name}: the golden texts of target tokens`, async () => {
      const golden = await loadGolden(name);
      const texts = await tokenTexts(
        join(golden.sft, 'tokenizer.json'),
        golden.targets.map((target) => target.y),
      );
      for (const { y, token } of golden.targets) {
        // Python shows what is not whole UTF-8 as a replacement character; here its bytes are shown.
        if (!token.includes('\ufffd')) assert.equal(texts.get(y), token);
      }
    });
  }

  it('shows bytes that are no whole character as escapes', () => {
    assert.equal(bytesText([0xe6, 0x97, 0xa5]), '日');
    assert.equal(bytesText([0x61, 0xe6, 0x97]), 'a\\xE6\\x97');
    assert.equal(bytesText([0x80, 0x62]), '\\x80b');
    assert.equal(bytesText([0xff, 0xf0, 0x9f, 0x91, 0x8d]), '\\xFF👍');
    assert.equal(bytesText([0xef, 0xbb, 0xbf]), '\ufeff');
  });

  it('names an id that the vocabulary does not have', async () => {
    const texts = await tokenTexts(paths['sample']!, [5, 999_999]);
    assert.equal(texts.get(999_999), '<999999>');
  });

  it('shows the word mark of SentencePiece as a space and byte tokens as bytes', async () => {
    const path = join(fixtures, 'llama2.json');
    const vocabulary: Record<string, number> = JSON.parse(readFileSync(path, 'utf8')).model.vocab;
    const id = Object.entries(vocabulary).find(([token]) => /^▁[a-z]+$/.test(token))!;
    assert.equal((await tokenTexts(path, [id[1]])).get(id[1]), id[0].replace('▁', ' '));
  });
});
