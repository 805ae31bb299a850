import assert from 'node:assert/strict';
import { InputError } from '../../../src/errors.ts';
import { ChangedInput } from '../../../src/files/reading/fileIdentity.ts';
import { untilStill } from '../../../src/record/untilStill.ts';

describe('reading what others replace', () => {
  const changing = (times: number) => {
    let reads = 0;
    return async () => {
      reads++;
      if (reads <= times) throw new ChangedInput('a.json', 'while it was read');
      return reads;
    };
  };

  it('goes on until it was left alone once', async () => {
    assert.equal(await untilStill(changing(0)), 1);
    assert.equal(await untilStill(changing(7)), 8);
  });

  it('gives up on what never keeps still, and on every other fault at once', async () => {
    await assert.rejects(untilStill(changing(Number.POSITIVE_INFINITY)), ChangedInput);
    let reads = 0;
    const refused = untilStill(async () => {
      reads++;
      throw new InputError('is no record');
    });
    await assert.rejects(refused, /is no record/);
    assert.equal(reads, 1);
  });
});
