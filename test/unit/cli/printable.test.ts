import assert from 'node:assert/strict';
import { printable, quoted } from '../../../src/cli/output/printable.ts';

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
});
