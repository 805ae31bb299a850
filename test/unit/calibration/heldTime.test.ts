import assert from 'node:assert/strict';
import { HeldTime } from '../../../src/calibration/process/heldTime.ts';

describe('the time that a row takes', () => {
  /** What is counted at each look, of `[turn, milliseconds of processor time since the look before]`. */
  function counted(...looks: readonly (readonly [turn: number, spent: number])[]): number[] {
    let computed = 1000;
    const held = new HeldTime(100, () => computed);
    return looks.map(([turn, spent]) => {
      computed += spent;
      return held.look({ turn });
    });
  }

  it('is what was computed on it, not what passed on the clock', () => {
    assert.deepEqual(counted([1, 100], [1, 100], [1, 0], [1, 20], [1, 100]), [0, 100, 100, 120, 220]);
  });

  it('counts one thread, however many compute, and no look that came late more than once', () => {
    assert.deepEqual(counted([1, 100], [1, 350], [1, 9000]), [0, 100, 200]);
  });

  it('begins anew with each row, and does not count between rows', () => {
    assert.deepEqual(counted([1, 100], [1, 100], [3, 100], [3, 100], [4, 100], [4, 100], [5, 100]), [
      ...[0, 100, 0, 100, 0, 0, 0],
    ]);
  });
});
