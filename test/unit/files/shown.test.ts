import assert from 'node:assert/strict';
import { shownBytes, shownCount } from '../../../src/files/reading/shown.ts';

/* Counts as messages show them. */

describe('a count in a message', () => {
  it('has separators and the noun in its number', () => {
    assert.equal(shownCount(12_345), '12,345');
    assert.deepEqual(
      [0, 1, 2, 1234].map((count) => shownCount(count, 'more row')),
      ['0 more rows', '1 more row', '2 more rows', '1,234 more rows'],
    );
    assert.deepEqual([1, 1n, 20_000n].map(shownBytes), ['1 byte', '1 byte', '20,000 bytes']);
  });
});
