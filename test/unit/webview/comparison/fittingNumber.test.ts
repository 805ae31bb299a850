import assert from 'node:assert/strict';
import { fitting } from '../../../../webview/comparison/maps/fittingNumber.ts';

describe('numbers in cells of a map', () => {
  it('have as many digits as there is room for, and are left out where there is none', () => {
    const at = (width: number) => [0.01234, 123.4, 0.00001234, 0].map((value) => fitting(value, width));
    assert.deepEqual(at(70), ['0.0123', '123', '1.2e-5', '0']);
    assert.deepEqual(at(46), ['0.012', '123', '1e-5', '0']);
    assert.deepEqual(at(37), ['.012', '123', '1e-5', '0']);
    assert.deepEqual(at(36), [undefined, undefined, undefined, undefined]);
    assert.equal(fitting(-12345, 45), '−1e+4');
    assert.equal(fitting(-0.012, 46), '−.012');
    assert.equal(fitting(0.00345, 37), '3e-3');
  });
});
