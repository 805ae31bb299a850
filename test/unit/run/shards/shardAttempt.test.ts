import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, RunError } from '../../../../src/errors.ts';
import type { SampleMeasures } from '../../../../src/protocol/engine.ts';
import { decodeMeasures, encodeMeasures } from '../../../../src/run/resume/measuresPayload.ts';
import { encodeFrame, frameKinds } from '../../../../src/run/shards/file/frames.ts';
import type { ShardHeader } from '../../../../src/run/shards/file/shardContent.ts';
import { readPartial } from '../../../../src/run/shards/file/shardFile.ts';
import { ShardAttempt, TakenOver } from '../../../../src/run/shards/shardAttempt.ts';
import { shardStates } from '../../../../src/run/shards/shardStates.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { fastFolder } from '../../../storm/fastFolder.ts';
import { arm, disarm } from '../../../storm/faults.cjs';

const samples = 6;
const cut = 'c'.repeat(64);
const header: ShardHeader = {
  program: 'rejuvenate',
  what: 'partial of a run',
  version: 1,
  ...{ phase: 'base', index: 1, count: 3, from: 4, to: 4 + samples },
  pins: { rho: 0.01, seed: 0 },
  engine: {
    device: 'cpu',
    processes: 1,
    threads: 2,
    refused: [],
    runtimeVersion: 'none',
    products: 'float32',
  },
  hardware: ['cpu on a test'],
  request: {
    folder: '/',
    inputs: { base: 'base', sft: 'sft', calibration: ['pairs.jsonl'] },
    settings: { ...defaultSettings },
  },
  started: '2026-11-27T12:00:00.000Z',
};
const end = { outcome: null, seconds: 1, hashes: [] };

/** What a sample gives, whoever computes it. */
function measuresOf(index: number): SampleMeasures {
  const rows = 3 + (index % 4);
  const floats = (factor: number) => Float32Array.from({ length: rows }, (_, row) => factor * (index + row / 7));
  return {
    index,
    entropy: floats(1),
    top1Probability: floats(0.01),
    negativeLogLikelihood: floats(2),
    topIds: Int32Array.from({ length: 2 * rows }, (_, i) => i + index),
    topProbabilities: Float32Array.from({ length: 2 * rows }, (_, i) => i / 100),
  };
}

describe('attempts at a shard', () => {
  let folder: string;
  const partial = () => join(folder, 'base-0001-of-0003.partial');
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'shard-'));
  });
  afterEach(() => {
    disarm();
    rmSync(folder, { recursive: true });
  });

  /** Works on the shard from where it is, for so many samples. */
  async function begin(): Promise<ShardAttempt> {
    const attempt = await ShardAttempt.begin(folder, header);
    attempt.cut(cut);
    return attempt;
  }
  function add(attempt: ShardAttempt, from: number, to: number): void {
    for (let i = from; i < to; i++) attempt.add(encodeMeasures(measuresOf(header.from + i)));
  }
  async function finish(attempt: ShardAttempt, from = attempt.restored): Promise<void> {
    add(attempt, from, samples);
    await attempt.finish(end);
  }
  async function finishedSamples(): Promise<(SampleMeasures | undefined)[]> {
    const found: (SampleMeasures | undefined)[] = [];
    await readPartial(partial(), (payload) => void found.push(decodeMeasures(payload)));
    return found;
  }
  const expected = Array.from({ length: samples }, (_, i) => measuresOf(header.from + i));

  it('leave a partial alone, which holds every sample', async () => {
    await finish(await begin());
    assert.deepEqual(readdirSync(folder), ['base-0001-of-0003.partial']);
    assert.deepEqual(await finishedSamples(), expected);
    assert.deepEqual(await shardStates(folder), [
      { phase: 'base', index: 1, count: 3, done: samples, total: samples, finished: true },
    ]);
  });

  it('go on from where one that was killed was', async () => {
    const first = await begin();
    add(first, 0, 4);
    assert.deepEqual(await shardStates(folder), [
      { phase: 'base', index: 1, count: 3, done: 4, total: samples, finished: false },
    ]);
    const second = await begin();
    assert.equal(second.restored, 4);
    await finish(second);
    const { end: found } = await readPartial(partial());
    assert.deepEqual([found.samples, found.resumed], [samples, 4]);
    assert.deepEqual(await finishedSamples(), expected);
  });

  it('stop when a newer one goes on, and harm nothing whatever they still do', async () => {
    const old = await begin();
    add(old, 0, 2);
    const newer = await begin();
    assert.throws(() => add(old, 2, 3), TakenOver);
    add(newer, 2, 5);
    await assert.rejects(old.finish(end), TakenOver);
    old.close();
    await finish(newer, 5);
    assert.deepEqual(await finishedSamples(), expected);
    assert.deepEqual(readdirSync(folder), ['base-0001-of-0003.partial']);
  });

  it('that are quicker than the one that took over give the partial, and the other is done', async () => {
    const newer = await begin();
    const name = readdirSync(folder)[0]!;
    const kept = readFileSync(join(folder, name));
    // Begun on another host, which does not see the older one yet.
    rmSync(join(folder, name));
    await finish(await begin());
    writeFileSync(join(folder, name), kept);
    assert.throws(() => add(newer, 0, 1), TakenOver);
    assert.deepEqual(await finishedSamples(), expected);
  });

  it('are all of one run and cut alike', async () => {
    const first = await begin();
    add(first, 0, 2);
    await assert.rejects(
      ShardAttempt.begin(folder, { ...header, pins: { rho: 0.02, seed: 0 } }),
      (error) =>
        error instanceof InputError &&
        /is of another run, with another rho: delete ".*", or choose/.test(error.message),
    );
    const second = await ShardAttempt.begin(folder, header);
    assert.throws(
      () => second.cut('d'.repeat(64)),
      (error) => error instanceof RunError && /must be cut alike/.test(error.message),
    );
  });

  it('take over nothing from a file that was cut off at any byte but whole samples', async () => {
    const first = await begin();
    add(first, 0, 3);
    const [name] = readdirSync(folder);
    const whole = readFileSync(join(folder, name!));
    const sizes = new Set<number>();
    for (let length = 0; length < whole.length; length += 41) {
      for (const each of readdirSync(folder)) rmSync(join(folder, each));
      writeFileSync(join(folder, name!), whole.subarray(0, length));
      const next = await begin();
      assert.ok(next.restored <= 3);
      sizes.add(next.restored);
      await finish(next);
      assert.deepEqual(await finishedSamples(), expected);
    }
    assert.deepEqual([...sizes].sort(), [0, 1, 2]);
  });

  it('killed at whatever call, again and again, end with every sample', async () => {
    let state = 20261127;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    arm({ at: 0, fault: 'none', below: folder });
    await finish(await begin());
    const all = disarm().length;
    let kills = 0;
    for (let turn = 0; turn < 150; turn++) {
      for (const each of readdirSync(folder)) rmSync(join(folder, each));
      let zombie: ShardAttempt | undefined;
      for (let attempt = 0; attempt < 1 + random(3); attempt++) {
        // From that call on nothing of this attempt reaches the disk, as when its process is killed.
        arm({ at: 1 + random(all), fault: 'EIO', below: folder, from: true });
        try {
          const own = await begin();
          if (random(3) === 0) {
            disarm();
            add(own, own.restored, Math.min(samples, own.restored + random(3)));
            // Its node is given up for dead.
            zombie = own;
            continue;
          }
          await finish(own);
        } catch (error) {
          assert.ok(error instanceof InputError || error instanceof RunError, String(error));
          kills++;
        } finally {
          disarm();
        }
        if (existsSync(partial())) assert.deepEqual(await finishedSamples(), expected);
      }
      if (existsSync(partial())) continue;
      await finish(await begin());
      assert.deepEqual(await finishedSamples(), expected);
      const old = zombie;
      if (old !== undefined) assert.throws(() => add(old, 0, 1), TakenOver);
      assert.deepEqual(readdirSync(folder), ['base-0001-of-0003.partial'], `turn ${turn}`);
    }
    assert.ok(kills > 50, `${kills} kills`);
  });

  it('refuse a partial that is damaged anywhere, and hold nothing that it does not have', async () => {
    await finish(await begin());
    const whole = readFileSync(partial());
    for (let at = 0; at < whole.length; at += 53) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1 << (at % 8);
      for (const bytes of [changed, whole.subarray(0, at), Buffer.concat([whole, whole.subarray(0, at + 1)])]) {
        writeFileSync(partial(), bytes);
        await assert.rejects(readPartial(partial()), InputError, `byte ${at}`);
      }
    }
    const huge = Buffer.from(whole);
    huge.writeUInt32LE(0xffff_ffff, 0);
    writeFileSync(partial(), huge);
    await assert.rejects(readPartial(partial()), /is no partial of a run, or damaged: delete it/);
    const [head, body] = encodeFrame(
      frameKinds.header,
      new TextEncoder().encode(`${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    );
    writeFileSync(partial(), Buffer.concat([head, body]));
    await assert.rejects(readPartial(partial()), InputError);
  });
});
