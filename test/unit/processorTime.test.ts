import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { isTimeout, withinComputing } from '../../src/processorTime.ts';

describe('a script that may never end', () => {
  const stopped = Object.assign(new Error('stopped'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });

  /** @param shares what the machine gives to each attempt, milliseconds; the script needs 80 at once */
  function attempts(...shares: readonly number[]): { readonly tried: number; readonly ended: boolean } {
    let computed = 5000;
    let tried = 0;
    const attempt = (timeout: number) => {
      assert.equal(timeout, 100);
      const share = shares[tried++]!;
      computed += Math.min(share, 80);
      if (share < 80) throw stopped;
      return 'done';
    };
    try {
      assert.equal(
        withinComputing(100, attempt, () => computed),
        'done',
      );
      return { tried, ended: true };
    } catch (error) {
      assert.equal(error, stopped);
      return { tried, ended: false };
    }
  }

  it('is run again where the machine had no time for it, until it has computed as long as it may', () => {
    assert.deepEqual(attempts(100), { tried: 1, ended: true });
    assert.deepEqual(attempts(0, 10, 100), { tried: 3, ended: true });
    assert.deepEqual(attempts(40, 40, 40), { tried: 3, ended: false });
  });

  it('is stopped when it computes for that long, and is not run again for another fault', () => {
    const endless = (timeout: number) => runInNewContext('for (;;);', {}, { timeout });
    assert.throws(() => withinComputing(20, endless), isTimeout);
    let tried = 0;
    const faulty = () => {
      tried++;
      throw new TypeError('no');
    };
    assert.throws(() => withinComputing(20, faulty), TypeError);
    assert.equal(tried, 1);
  });
});
