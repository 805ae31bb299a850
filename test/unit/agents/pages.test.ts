import assert from 'node:assert/strict';
import { type Page, page, text } from '../../../src/agents/pages.ts';
import { shownJsonLine } from '../../../src/files/reading/shownJson.ts';

describe('pages for agents', () => {
  const row = (position: number) => ({ position, text: 'x'.repeat(position % 50) });

  it('hold every row once, each within its room', () => {
    const seen: number[] = [];
    for (let offset: number | null = 0; offset !== null; ) {
      const { total, rows, next_offset: next, ...rest }: Page<ReturnType<typeof row>> = page(1000, offset, 700, row);
      assert.deepEqual([total, rest.offset], [1000, offset]);
      assert.ok(shownJsonLine(rows).length <= 700);
      seen.push(...rows.map(({ position }) => position));
      offset = next;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it('come to an end where a row is larger than the room, and past the last row', () => {
    assert.deepEqual(page(2, 0, 10, () => 'x'.repeat(100)).next_offset, 1);
    assert.deepEqual(page(2, 1, 10, () => 'x'.repeat(100)).next_offset, null);
    assert.deepEqual(page(2, 2 ** 50, 10, row), { total: 2, offset: 2 ** 50, rows: [], next_offset: null });
    assert.deepEqual(page(0, 0, 10, row), { total: 0, offset: 0, rows: [], next_offset: null });
  });

  it('cut texts, however they are written, and hide nothing', () => {
    for (const hostile of ['x', '\u202e', '\0', '"', '\ud800', '\u{1f600}', 'a\u0301'].map((each) =>
      each.repeat(5000),
    )) {
      const line = shownJsonLine(text(hostile));
      assert.ok(line.length <= 250, `${line.length}`);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.equal(JSON.parse(line), text(hostile));
    }
    assert.equal(text('Question'), 'Question');
    assert.equal(shownJsonLine({ a: '\u2028b' }), '{"a":"\\u2028b"}');
  });
});
