import assert from 'node:assert/strict';
import { movedInGrid } from '../../../../webview/figures/gridPosition.ts';
import { lineOf, tokenLines } from '../../../../webview/figures/tokens/tokenLines.ts';
import { positionOf, rhoAt, rhoRange, rhoSteps } from '../../../../webview/inspector/state/rhoScale.ts';

describe('lines of tokens', () => {
  const never = () => false;

  it('fills lines and breaks before what does not fit', () => {
    assert.deepEqual(tokenLines([4, 4, 4, 4, 4], never, 10), [0, 2, 4]);
  });

  it('breaks after a token that ends its line', () => {
    assert.deepEqual(
      tokenLines([1, 1, 1, 1], (token) => token === 1, 10),
      [0, 2],
    );
  });

  it('gives a token that is too wide its own line', () => {
    assert.deepEqual(tokenLines([3, 30, 3], never, 10), [0, 1, 2]);
  });

  it('finds the line of every token', () => {
    const starts = [0, 3, 4, 9];
    assert.deepEqual(
      [0, 2, 3, 4, 8, 9, 50].map((token) => lineOf(starts, token)),
      [0, 0, 1, 2, 2, 3, 3],
    );
  });
});

describe('rho slider', () => {
  it('runs from 0.05 % to 4 %', () => {
    const range = rhoRange({ rho: 0.01, rhoMax: 0.05 });
    assert.deepEqual([rhoAt(0, range), rhoAt(rhoSteps, range)], [0.0005, 0.04]);
  });

  it('ends where the ranks end', () => {
    assert.equal(rhoAt(rhoSteps, rhoRange({ rho: 0.01, rhoMax: 0.02 })), 0.02);
  });

  it('reaches down to the run', () => {
    assert.equal(rhoAt(0, rhoRange({ rho: 0.0001, rhoMax: 0.05 })), 0.0001);
  });

  it('comes back to the same position', () => {
    const range = rhoRange({ rho: 0.01, rhoMax: 0.05 });
    for (let position = 0; position <= rhoSteps; position++)
      assert.equal(positionOf(rhoAt(position, range), range), position);
  });

  it('never leaves the range', () => {
    const range = rhoRange({ rho: 0.01, rhoMax: 0.0123456 });
    for (let position = 0; position <= rhoSteps; position++) {
      const rho = rhoAt(position, range);
      assert.ok(rho >= range.min && rho <= 0.0123456);
    }
  });
});

describe('moving in a grid', () => {
  const move = (key: string, ctrlKey = false) => movedInGrid({ row: 2, column: 3 }, { key, ctrlKey }, 5, 8);

  it('steps, jumps to ends, stays inside', () => {
    assert.deepEqual(move('ArrowUp'), { row: 1, column: 3 });
    assert.deepEqual(move('ArrowRight'), { row: 2, column: 4 });
    assert.deepEqual(move('PageDown'), { row: 4, column: 3 });
    assert.deepEqual(move('Home'), { row: 2, column: 0 });
    assert.deepEqual(move('End', true), { row: 4, column: 7 });
    assert.deepEqual(movedInGrid({ row: 0, column: 0 }, { key: 'ArrowLeft', ctrlKey: false }, 5, 8), {
      row: 0,
      column: 0,
    });
  });

  it('leaves other keys alone', () => assert.equal(move('a'), undefined));
});
