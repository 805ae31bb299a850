import assert from 'node:assert/strict';
import { printable, quoted } from '../../../src/cli/output/printable.ts';
import { shownJson } from '../../../src/files/reading/shownJson.ts';

describe('printable', () => {
  const rows: readonly (readonly [name: string, text: string, shown: string])[] = [
    ['plain text, accents, CJK and emoji', 'où 日本 🙂', 'où 日本 🙂'],
    ['line breaks and tabs', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['terminal escapes', '\u001b[31mred\u001b]0;title\u0007', '\\u{1b}[31mred\\u{1b}]0;title\\u{7}'],
    ['C1 controls', 'a\u009b31m', 'a\\u{9b}31m'],
    ['bidi overrides', 'file\u202egpj.exe\u2066', 'file\\u{202e}gpj.exe\\u{2066}'],
    ['zero-width characters', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['a backslash, as paths need it', 'C:\\models', 'C:\\models'],
  ];
  for (const [name, text, shown] of rows) {
    it(name, () => {
      assert.equal(printable(text), shown);
    });
  }

  it('doubles the backslash in quotes, so that an escape cannot be forged', () => {
    assert.equal(quoted('\\n\n'), '"\\\\n\\n"');
  });

  it('takes the middle out of what is too long, and leaves beginning and end', () => {
    for (const text of [`begin ${'x'.repeat(40e6)} end`, `begin ${'\u202e'.repeat(1e6)} end`]) {
      for (const line of [printable(text), quoted(text)]) {
        assert.ok(line.length <= 2002, `${line.length}`);
        assert.match(line, /^"?begin .*….* end"?$/);
      }
    }
    assert.equal(printable('x'.repeat(2000)), 'x'.repeat(2000));
  });

  describe('as JSON', () => {
    for (const [name, text] of rows) {
      it(`${name}: it is read back as it was, and nothing of it reaches the terminal`, () => {
        const value = { [text]: [text, { inner: `${text}"\\\u{e0041}\u{1d173}` }] };
        const json = shownJson(value);
        assert.deepEqual(JSON.parse(json), value);
        assert.doesNotMatch(json.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      });
    }

    it('is indented, and nothing of it is cut', () => {
      assert.equal(shownJson({ a: ['\u202e'] }), '{\n  "a": [\n    "\\u202e"\n  ]\n}');
      assert.equal(shownJson('x'.repeat(1e6)).length, 1e6 + 2);
    });
  });
});
