import assert from 'node:assert/strict';
import { fallbackWidth, wrapped } from '../../../../webview/figures/textRoom.ts';

describe('the room that text of a file takes', () => {
  const tens = (line: string) => 10 * [...line].length;

  it('is that of fonts of one width a character, which have 0.6 of their size', () => {
    assert.ok(fallbackWidth('0123456789', { size: 12 }) >= 10 * 0.602 * 12);
    assert.ok(fallbackWidth('0123456789', { size: 12, bold: true }) > fallbackWidth('0123456789', { size: 12 }));
    // Such fonts give two places to characters that fill a square.
    assert.ok(fallbackWidth('熵損失', { size: 10 }) >= 30);
    assert.equal(fallbackWidth('', { size: 12 }), 0);
  });

  it('breaks between words where it can, and words where it must', () => {
    assert.deepEqual(wrapped('one two three', 70, tens), ['one two', 'three']);
    assert.deepEqual(wrapped('one two three', 1000, tens), ['one two three']);
    assert.deepEqual(wrapped('run-with-a-long-name · ρ 1 %', 100, tens), ['run-with-a', '-long-name', '· ρ 1 %']);
    assert.deepEqual(wrapped('a 𝟘𝟙𝟚𝟛𝟜', 30, tens), ['a', '𝟘𝟙𝟚', '𝟛𝟜']);
    assert.deepEqual(wrapped('', 100, tens), []);
    assert.deepEqual(wrapped('  two   spaces ', 1000, tens), ['two spaces']);
    // Not even a character fits: a line each, and an end.
    assert.deepEqual(wrapped('abc', 5, tens), ['a', 'b', 'c']);
  });
});
