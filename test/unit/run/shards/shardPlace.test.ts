import assert from 'node:assert/strict';
import { InputError } from '../../../../src/errors.ts';
import { partialName } from '../../../../src/files/reading/partialName.ts';
import { mostShards, shardFileOf, shardFrom, shardPhases, shardRanges } from '../../../../src/run/shards/shardPlace.ts';

describe('which shard', () => {
  it('is written I/N, counted from 0 as tasks of an array are', () => {
    assert.deepEqual(shardFrom('0/1'), { index: 0, count: 1 });
    assert.deepEqual(shardFrom(' 3/4 '), { index: 3, count: 4 });
    assert.throws(() => shardFrom('4/4'), {
      name: 'InputError',
      message: '--shard 4/4: shards are counted from 0, so of 4 the last is 3/4.',
    });
    for (const text of [
      '',
      '1',
      '/',
      '1/',
      '0/0',
      '-1/4',
      '1/4/2',
      '0x1/4',
      '1e1/20',
      `0/${mostShards + 1}`,
      '1.5/4',
    ]) {
      assert.throws(() => shardFrom(text), InputError, text);
    }
  });

  it('is in the name of its files, which are told from others', () => {
    for (const phase of shardPhases) {
      for (const place of [
        { phase, index: 0, count: 1 },
        { phase, index: 3, count: 8 },
        { phase, index: 9999, count: 10_000 },
      ]) {
        assert.deepEqual(shardFileOf(partialName(place)), { place, attempt: undefined });
      }
    }
    assert.equal(partialName({ phase: 'base', index: 3, count: 8 }), 'base-0003-of-0008.partial');
    assert.deepEqual(shardFileOf('sft-0000-of-0002.attempt-000002-0123456789abcdef'), {
      place: { phase: 'sft', index: 0, count: 2 },
      attempt: '000002-0123456789abcdef',
    });
    for (const name of [
      'base-3-of-8.partial',
      'base-00003-of-0008.partial',
      'x-0003-of-0008.partial',
      'base-0003-of-0008.partial.old',
      '../base-0003-of-0008.partial',
    ]) {
      assert.equal(shardFileOf(name), undefined, name);
    }
  });
});

describe('samples of shards', () => {
  /** Whole numbers below a limit, the same every time. */
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };

  it('are neighbours, each sample in one shard, with about as many tokens a shard', () => {
    for (let turn = 0; turn < 300; turn++) {
      const tokens = Array.from({ length: random(40) }, () => 1 + random(1000));
      const count = 1 + random(12);
      const ranges = shardRanges(tokens, count);
      assert.equal(ranges.length, count);
      assert.equal(ranges[0]!.from, 0);
      assert.equal(ranges.at(-1)!.to, tokens.length);
      const longest = Math.max(0, ...tokens);
      const share = tokens.reduce((sum, each) => sum + each, 0) / count;
      for (const [i, { from, to }] of ranges.entries()) {
        assert.ok(from <= to);
        if (i > 0) assert.equal(from, ranges[i - 1]!.to);
        const own = tokens.slice(from, to).reduce((sum, each) => sum + each, 0);
        // Either end is off by half a sample at most.
        assert.ok(Math.abs(own - share) <= longest, `${own} of ${share}`);
      }
    }
  });

  it('are none in some, where there are more shards than samples', () => {
    const sizes = shardRanges([5, 5], 5).map(({ from, to }) => to - from);
    assert.equal(sizes.length, 5);
    assert.deepEqual(
      sizes.filter((size) => size > 0),
      [1, 1],
    );
  });
});
