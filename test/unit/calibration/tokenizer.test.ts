import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCalibration } from '../../../src/calibration/calibration.ts';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import { bytesText } from '../../../src/calibration/tokenizer/tokenText.ts';
import { tokenTexts } from '../../../src/calibration/tokenTexts.ts';
import { defaultCalibrationSettings } from '../../../src/settings/calibrationSettings.ts';
import { goldenNames, loadGolden } from '../../golden/golden.ts';
import { checkpointFixtures, fixtures, sampleFolder } from '../../paths.ts';

const folder = join(fixtures, 'tokenizers');

const json = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
const texts: readonly string[] = json('texts');
const hardTexts: readonly string[] = json('hardTexts');
const hardNames = readdirSync(folder).flatMap((file) => /^(.+)\.hard\.json$/.exec(file)?.[1] ?? []);
const names = readdirSync(folder).flatMap((file) => /^(.+)\.ids\.json$/.exec(file)?.[1] ?? []);

function pathOf(name: string): string {
  if (name === 'sample') return join(sampleFolder, 'base', 'tokenizer.json');
  if (name === 'tiny') return join(checkpointFixtures, 'tiny-qwen3-tied', 'base', 'tokenizer.json');
  return join(folder, `${name}.tokenizer.json`);
}

describe('tokenizer', () => {
  it('is compared in the styles of every family', () => {
    assert.ok(names.length >= 13);
    assert.ok(hardNames.length >= 37);
  });

  for (const name of hardNames) {
    it(`${name}: the ids of Python's tokenizers around added tokens, normal forms and the newest characters`, async () => {
      const tokenizer = await readTokenizer(pathOf(name));
      const expected: readonly number[][] = json(`${name}.hard`);
      assert.equal(expected.length, hardTexts.length);
      for (const [i, text] of hardTexts.entries()) {
        assert.deepEqual(tokenizer.encode(text), expected[i], JSON.stringify(text));
        assert.deepEqual(tokenizer.encodeWithOffsets(text).ids, expected[i], JSON.stringify(text));
      }
    });
  }

  for (const name of names) {
    it(`${name}: the ids of Python's tokenizers on accents, CJK, emoji, controls and the rest`, async () => {
      const tokenizer = await readTokenizer(pathOf(name));
      const expected: readonly number[][] = json(`${name}.ids`);
      assert.equal(expected.length, texts.length);
      for (const [i, text] of texts.entries()) {
        assert.deepEqual(tokenizer.encode(text), expected[i], JSON.stringify(text));
      }
    });
  }

  for (const name of goldenNames) {
    it(`${name}: the golden ids of the whole calibration`, async () => {
      const golden = await loadGolden(name);
      const { samples, notes } = await readCalibration({
        paths: [golden.calibration],
        samples: 0,
        seed: 0,
        tokenizerPath: join(golden.sft, 'tokenizer.json'),
        templateFolders: [golden.sft],
        ...defaultCalibrationSettings,
        maxLength: 4096,
        vocabSize: 768,
      });
      assert.deepEqual(notes, []);
      assert.deepEqual(
        samples.map(({ index, ids, responses }) => ({ index, ids, responses })),
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
    const texts = await tokenTexts(pathOf('sample'), [5, 999_999]);
    assert.equal(texts.get(999_999), '<999999>');
  });

  it('shows the word mark of SentencePiece as a space and byte tokens as bytes', async () => {
    const vocab: Readonly<Record<string, number>> = json('llama2.tokenizer').model.vocab;
    const shown = async (token: string) => (await tokenTexts(pathOf('llama2'), [vocab[token]!])).get(vocab[token]!);
    const word = Object.keys(vocab).find((token) => /^▁[a-z]+$/.test(token))!;
    assert.equal(await shown(word), word.replace('▁', ' '));
    assert.equal(await shown('<0x41>'), 'A');
    assert.equal(await shown('<0xE6>'), '\\xE6');
    assert.equal(await shown('<s>'), '<s>');
  });

  it('shows the tokens of a text so that, bytes put together, they are the text', async () => {
    const tokenizer = await readTokenizer(pathOf('llama3'));
    const plain = texts.filter((each) => !each.includes('\\x'));
    const encoded = plain.map((text) => tokenizer.encode(text));
    const shown = await tokenTexts(pathOf('llama3'), new Set(encoded.flat()));
    for (const [i, text] of plain.entries()) {
      const ids = encoded[i]!;
      const bytes = ids.map((id) => {
        const parts = shown.get(id)!.split(/(\\x[0-9A-F]{2})/);
        return Buffer.concat(
          parts.map((part) => (/^\\x..$/.test(part) ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part))),
        );
      });
      assert.equal(Buffer.concat(bytes).toString(), text);
    }
  });
});
