import assert from 'node:assert/strict';
import { InputError } from '../../../src/errors.ts';
import { memorySize, showBudget, showBytes } from '../../../src/settings/memorySize.ts';

describe('memory sizes', () => {
  const rows: readonly (readonly [text: string, bytes: number])[] = [
    ['4GB', 4e9],
    ['512MB', 512e6],
    ['4GiB', 2 ** 32],
    ['1.5 gb', 1.5e9],
    ['64kib', 65536],
    ['2TB', 2e12],
    ['123456789', 123456789],
    ['100B', 100],
  ];
  for (const [text, bytes] of rows) {
    it(`reads ${text}`, () => {
      assert.equal(memorySize(text), bytes);
    });
  }

  for (const text of ['', 'GB', '-1GB', '4 gigabytes', '1e9', '0x10', '4GB!', '1,5GB']) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => memorySize(text), InputError);
    });
  }

  it('takes auto for a budget, which is written so', () => {
    assert.deepEqual(['auto', ' Auto ', '4GB'].map(memorySize), [0, 0, 4e9]);
    assert.deepEqual([0, 4e9].map(showBudget), ['auto', '4 GB']);
    assert.throws(() => memorySize('automatic'), InputError);
  });

  it('shows bytes in decimal units', () => {
    assert.deepEqual([0, 999, 1000, 4e9, 1.234e6, 2.5e12].map(showBytes), [
      '0 B',
      '999 B',
      '1 KB',
      '4 GB',
      '1.23 MB',
      '2.5 TB',
    ]);
  });
});
