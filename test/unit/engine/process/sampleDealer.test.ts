import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { SampleDealer } from '../../../../src/engine/process/sampleDealer.ts';
import { RunError } from '../../../../src/errors.ts';

interface Result {
  readonly index: number;
}

/** Samples are named 10, 11, …, so that names and positions are not mixed up; each result takes one byte. */
function dealer(samples: number, owners: number, { first = 0, mostBytes = 1000 } = {}) {
  const delivered: number[] = [];
  const deals = new SampleDealer<Result>({
    indices: Array.from({ length: samples }, (_, i) => 10 + i),
    first,
    owners,
    bytesOf: () => 1,
    deliver: ({ index }) => delivered.push(index),
    mostBytes,
  });
  return { deals, delivered };
}

/** Whether a promise has settled once everything that can go on has gone on. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  for (let i = 0; i < 5; i++) await setImmediate();
  return done;
}

/** A generator of numbers below `end`, the same for the same seed (Numerical Recipes' LCG). */
function random(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (1664525 * state + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

describe('dealing samples', () => {
  const one = { name: 'one' };
  const other = { name: 'other' };

  it('deals in the order of the file, from the first that is not finished', async () => {
    const { deals } = dealer(6, 2, { first: 2 });
    assert.deepEqual(await deals.deal(one, 1), [2]);
    assert.deepEqual(await deals.deal(other, 1), [3]);
    assert.deepEqual(await deals.deal(one, 1), [4]);
  });

  for (const [samples, owners, atMost, sizes] of [
    [64, 2, 64, [32, 32]],
    [100, 2, 40, [25, 25, 25, 25]],
    [7, 2, 3, [2, 2, 2, 1]],
    [3, 1, 8, [3]],
  ] as const) {
    it(`cuts ${samples} samples, ${atMost} at most a group, into equal shares for ${owners}`, async () => {
      const { deals } = dealer(samples, owners);
      const dealt: number[] = [];
      for (const _ of sizes) dealt.push((await deals.deal(one, atMost)).length);
      assert.deepEqual(dealt, sizes);
    });
  }

  it('deals whole batches, one at least, and what is left of one that was begun', async () => {
    const batches = [
      { from: 0, to: 3 },
      { from: 3, to: 5 },
      { from: 5, to: 6 },
      { from: 6, to: 10 },
    ];
    const { deals } = dealer(10, 1, { first: 1 });
    assert.deepEqual(await deals.deal(one, 1, batches), [1, 2]);
    assert.deepEqual(await deals.deal(one, 3, batches), [3, 4, 5]);
    assert.deepEqual(await deals.deal(one, 3, batches), [6, 7, 8, 9]);
    for (const index of [11, 12, 13]) await deals.accept(one, { index });
    assert.deepEqual(deals.lost(one), []);
    assert.deepEqual(await deals.deal(other, 1, batches), [4]);
    // Cut otherwise, as by a process that lacked memory.
    assert.deepEqual(await deals.deal({}, 4, [{ from: 4, to: 8 }]), [5, 6, 7]);
  });

  it('delivers in the order of the file whatever order results come in', async () => {
    const { deals, delivered } = dealer(3, 2);
    await deals.deal(one, 1);
    await deals.deal(other, 1);
    await deals.deal(other, 1);
    await deals.accept(other, { index: 11 });
    assert.deepEqual(delivered, []);
    await deals.accept(other, { index: 12 });
    await deals.accept(one, { index: 10 });
    assert.deepEqual(delivered, [10, 11, 12]);
    assert.equal(deals.finished, true);
    assert.deepEqual(await deals.deal(one, 1), []);
  });

  it('refuses a result that is not due', async () => {
    const { deals } = dealer(3, 1);
    await deals.deal(one, 3);
    await assert.rejects(deals.accept(one, { index: 11 }), RunError);
    await assert.rejects(deals.accept(other, { index: 10 }), RunError);
  });

  it('keeps whoever is free waiting for what may yet be lost, and deals that again', async () => {
    const { deals, delivered } = dealer(2, 2);
    await deals.deal(one, 1);
    await deals.deal(other, 1);
    await deals.accept(other, { index: 11 });
    const waiting = deals.deal(other, 1);
    assert.equal(await settled(waiting), false);
    assert.deepEqual(deals.lost(one), []);
    assert.deepEqual(await waiting, [0]);
    await deals.accept(other, { index: 10 });
    assert.deepEqual(delivered, [10, 11]);
  });

  it('names the samples that two processes were lost on, and only those that were worked on', async () => {
    const { deals } = dealer(4, 2);
    const third = {};
    await deals.deal(one, 1);
    await deals.deal(one, 1);
    assert.deepEqual(deals.lost(one), []);
    assert.deepEqual(await deals.deal(other, 1), [0]);
    assert.deepEqual(await deals.deal(third, 1), [1]);
    assert.deepEqual(deals.lost(third), []);
    assert.deepEqual(deals.lost(other), [10]);
  });

  it('takes nothing more from a lost process, and deals it nothing', async () => {
    const { deals, delivered } = dealer(1, 1);
    await deals.deal(one, 1);
    deals.lost(one);
    await deals.accept(one, { index: 10 });
    assert.deepEqual(await deals.deal(one, 1), []);
    assert.deepEqual(delivered, []);
    assert.equal(deals.finished, false);
  });

  it('keeps a process waiting whose results pile up, but never the one they wait for', async () => {
    const { deals, delivered } = dealer(8, 2, { mostBytes: 1 });
    assert.deepEqual(await deals.deal(one, 4), [0, 1, 2, 3]);
    assert.deepEqual(await deals.deal(other, 4), [4, 5, 6, 7]);
    await deals.accept(other, { index: 14 });
    const piledUp = deals.accept(other, { index: 15 });
    assert.equal(await settled(piledUp), false);
    for (const index of [10, 11, 12]) await deals.accept(one, { index });
    assert.equal(await settled(piledUp), false);
    await deals.accept(one, { index: 13 });
    await piledUp;
    assert.deepEqual(delivered, [10, 11, 12, 13, 14, 15]);
  });

  it('lets results pile up when the sample they wait for is nobody’s', async () => {
    const { deals, delivered } = dealer(4, 2, { mostBytes: 0 });
    await deals.deal(one, 2);
    await deals.deal(other, 2);
    const piledUp = deals.accept(other, { index: 12 });
    assert.equal(await settled(piledUp), false);
    deals.lost(one);
    await piledUp;
    await deals.accept(other, { index: 13 });
    assert.deepEqual(await deals.deal(other, 2), [0, 1]);
    await deals.accept(other, { index: 10 });
    await deals.accept(other, { index: 11 });
    assert.deepEqual(delivered, [10, 11, 12, 13]);
  });

  it('lets nobody wait once it is stopped', async () => {
    const { deals } = dealer(4, 2, { mostBytes: 0 });
    await deals.deal(one, 2);
    await deals.deal(other, 2);
    const piledUp = deals.accept(other, { index: 12 });
    const waiting = deals.deal({}, 1);
    deals.stop();
    await piledUp;
    assert.deepEqual(await waiting, []);
  });

  it('delivers every sample once and in order, however processes hurry, dawdle and die', async () => {
    let finished = 0;
    for (let seed = 0; seed < 200; seed++) {
      const next = random(seed);
      const samples = 1 + next(20);
      const { deals, delivered } = dealer(samples, 3, { mostBytes: next(4) });
      const atMost = 1 + next(5);
      const batches: { readonly from: number; readonly to: number }[] = [];
      for (let from = 0; from < samples; from = batches.at(-1)!.to) batches.push({ from, to: from + 1 + next(4) });
      // Asks for its next group before it returns the last one, as the engine does.
      const work = async (): Promise<void> => {
        const owner = {};
        let group = await deals.deal(owner, atMost, batches);
        while (group.length > 0) {
          for (let i = next(6); i > 0; i--) await setImmediate();
          const following = deals.deal(owner, atMost, batches);
          for (const position of group) {
            if (next(25) === 0) {
              // Lost for good when it is the second loss; otherwise a new process takes its place.
              if (deals.lost(owner).length > 0) return deals.stop();
              return work();
            }
            await deals.accept(owner, { index: 10 + position });
          }
          group = await following;
        }
      };
      await Promise.all([work(), work(), work()]);
      if (deals.finished) finished++;
      const expected = Array.from({ length: deals.finished ? samples : delivered.length }, (_, i) => 10 + i);
      assert.deepEqual(delivered, expected, `seed ${seed}`);
    }
    assert.ok(finished > 100, `${finished} of 200 came to their end`);
  });
});
