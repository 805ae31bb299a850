import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Form, formEdits } from '../../../src/calibration/tokenizer/normalizers/unicodeForms.ts';
import { edited, wholePiece } from '../../../src/calibration/tokenizer/piece.ts';
import { splitPiece } from '../../../src/calibration/tokenizer/preTokenizers/splits.ts';
import { portableRegex } from '../../../src/calibration/tokenizer/regex/oniguruma.ts';
import * as characterSets from '../../../src/calibration/tokenizer/unicode/characterSets.ts';
import {
  type CodePointSet,
  intersectionOf,
  setOf,
  without,
} from '../../../src/calibration/tokenizer/unicode/codePointSet.ts';
import { InputError } from '../../../src/errors.ts';
import { fixtures } from '../../paths.ts';

const read = (name: string) => JSON.parse(readFileSync(join(fixtures, 'tokenizers', `${name}.json`), 'utf8'));
const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const fault = (what: string) => new InputError(what);

describe("regular expressions split where Oniguruma's do", () => {
  const { texts, splits } = read('regexes') as {
    texts: readonly string[];
    splits: readonly (readonly [string, readonly (readonly [number, readonly number[]])[]])[];
  };
  it('are there', () => {
    assert.equal(splits.length, 104);
    for (const [expression, ofTexts] of splits) assert.ok(ofTexts.length > 0, expression);
  });

  for (const [expression, ofTexts] of splits) {
    it(expression === '' ? 'nothing' : expression.slice(0, 60), () => {
      const regex = portableRegex(expression, fault);
      for (const [index, ends] of ofTexts) {
        const characters = [...texts[index]!];
        const expected = ends.map((end, i) => characters.slice(ends[i - 1] ?? 0, end).join(''));
        const parts = splitPiece(wholePiece(texts[index]!, false), regex, 'Isolated', false).map(({ text }) => text);
        assert.deepEqual(parts, expected, JSON.stringify(texts[index]));
      }
    });
  }
});

describe("characters are what the reference library's Unicode versions say", () => {
  const { sets, forms } = read('unicode') as Record<'sets' | 'forms', Readonly<Record<string, string>>>;
  const surrogates = setOf([0xd800, 0xdfff]);
  it('are there', () => assert.deepEqual([Object.keys(sets).length, Object.keys(forms).length], [10, 4]));

  for (const [name, digest] of Object.entries(sets)) {
    it(`${name}, over every code point`, () => {
      const set = (characterSets as unknown as Readonly<Record<string, CodePointSet>>)[name]!;
      const known = intersectionOf(set, without(surrogates));
      const ranges: string[] = [];
      for (let i = 0; i < known.length; i += 2) ranges.push(`${known[i]}-${known[i + 1]}`);
      assert.equal(sha256(ranges.join(' ')), digest);
    });
  }

  for (const [form, digest] of Object.entries(forms)) {
    it(`${form}, of every code point`, () => {
      const normal: string[] = [];
      for (let point = 0; point < 0x110000; point++) {
        if (point >= 0xd800 && point <= 0xdfff) continue;
        const text = String.fromCodePoint(point);
        // What Node leaves as it is takes no edit; asking for each would take long.
        const same = text.normalize(form) === text;
        normal.push(same ? text : edited(wholePiece(text, false), formEdits(text, form as Form)).text);
      }
      assert.equal(sha256(normal.join('\0')), digest);
    });
  }
});
