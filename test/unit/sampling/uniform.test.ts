import assert from 'node:assert/strict';
import { philox, uniformAt } from '../../../src/sampling/uniform.ts';

describe('random numbers by counter', () => {
  // Known answers of the authors' Random123 (kat_vectors), the last one from digits of pi.
  for (const [counter, key, expected] of [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [[number, number, number, number], [number, number], number[]][]) {
    it(`are Philox 4x32-10's: ${expected[0]!.toString(16)}`, () => assert.deepEqual(philox(counter, key), expected));
  }

  it('are made of all 53 bits of a seed and of what they are for', () => {
    // By an implementation in Python, with key (12345, 2) and counter (7, 3, 11, 0).
    assert.equal(uniformAt(12345 + 2 * 2 ** 32, 11, 3, 7), 0.5597828311505024);
    const seen = new Set<number>();
    for (const seed of [0, 1, 2 ** 32, 2 ** 53 - 1]) {
      for (let prompt = 0; prompt < 5; prompt++) {
        for (let sample = 0; sample < 5; sample++) {
          for (let step = 0; step < 5; step++) seen.add(uniformAt(seed, prompt, sample, step));
        }
      }
    }
    assert.equal(seen.size, 500);
    assert.ok([...seen].every((value) => value >= 0 && value < 1));
  });

  it('are spread evenly', () => {
    const counts = new Float64Array(64);
    const draws = 64_000;
    for (let i = 0; i < draws; i++) counts[Math.floor(uniformAt(9, i % 40, Math.floor(i / 40) % 40, i) * 64)]!++;
    const expected = draws / 64;
    const square = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: 99.9 % lie below 103.4, and the numbers are always the same.
    assert.ok(square < 103.4, `chi-square ${square}`);
  });
});
