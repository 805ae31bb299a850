import assert from 'node:assert/strict';
import { InputError, RunError } from '../../../src/errors.ts';
import { ChangedInput } from '../../../src/files/reading/fileIdentity.ts';
import { errorOf, faultOf } from '../../../src/files/threads/fault.ts';

describe('errors between threads', () => {
  for (const error of [
    new InputError('an input'),
    new ChangedInput('/a "b"', 'while it was read'),
    new RunError('a run', { cause: new Error('why') }),
    new TypeError('unexpected'),
  ]) {
    it(`keep their class and message: ${error.constructor.name}`, () => {
      const crossed = errorOf(structuredClone(faultOf(error)));
      assert.equal(crossed.message, error.message);
      for (const known of [InputError, ChangedInput, RunError]) {
        assert.equal(crossed instanceof known, error instanceof known, known.name);
      }
    });
  }

  it('are told of whatever was thrown', () => {
    assert.deepEqual(faultOf('a word'), { type: 'fault', kind: 'other', message: 'a word' });
  });
});
