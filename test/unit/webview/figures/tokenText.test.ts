import assert from 'node:assert/strict';
import { tokenInText, tokenJson, tokenLabel } from '../../../../webview/figures/tokens/tokenText.ts';

describe('token text', () => {
  const labels: readonly (readonly [raw: string, label: string])[] = [
    [' the', '␣the'],
    ['\n\n', '↵↵'],
    ['\t', '⇥'],
    ['\r', '␍'],
    ['', '(empty)'],
    ['<img src=x onerror=alert(1)>', '<img␣src=x␣onerror=alert(1)>'],
    ['\u202eevil', '\\u{202e}evil'],
    ['\u2066a\u2069', '\\u{2066}a\\u{2069}'],
    ['a\u200bb', 'a\\u{200b}b'],
    ['\ufeff', '\\u{feff}'],
    ['\u0000', '\\u{0}'],
    ['\u001b[31m', '\\u{1b}[31m'],
    ['\u00a0', '\\u{a0}'],
    ['\u2028', '\\u{2028}'],
    ['\u3164', '\\u{3164}'],
    ['\u2800', '\\u{2800}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\u{d800}'],
    ['\u0301', '◌\u0301'],
    ['é', 'é'],
    ['日本', '日本'],
    ['\ufffd', '\ufffd'],
  ];
  for (const [raw, label] of labels) {
    it(`shows ${label}`, () => assert.equal(tokenLabel(raw), label));
  }

  it('keeps spaces in running text', () => assert.equal(tokenInText(' a b'), ' a b'));

  it('leaves no character that reorders or hides', () => {
    const hostile = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('');
    const shown = tokenInText(hostile, Number.POSITIVE_INFINITY);
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
  });

  it('cuts a text that is too long, between characters', () => {
    assert.equal(tokenLabel('😀'.repeat(100), 3), '😀😀😀…');
    assert.equal(tokenLabel('abc', 3), 'abc');
  });

  it('writes JSON that reads back as it was', () => {
    for (const [raw] of labels) {
      const json = tokenJson(raw);
      assert.equal(JSON.parse(json), raw);
      assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });
});
