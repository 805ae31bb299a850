import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { RankingQueue } from '../../../../src/engine/work/ranking/rankingQueue.ts';
import { RankThread } from '../../../../src/engine/work/ranking/rankThread.ts';
import { NeuronRanker } from '../../../../src/method/ranking.ts';
import { rankSample } from '../../../../src/method/sampleRanking.ts';
import { root } from '../../../paths.ts';

const request = () => ({ scores: Float32Array.of(3, 0, 1, -2, 5, 4), targets: 2, neurons: 3, limit: 2 });
const ranking = () => rankSample(request().scores, 2, 3, new NeuronRanker(3), 2);
const never = new Promise<never>(() => undefined);

describe('ranking queue', () => {
  it('hands over one sample at a time, in order', async () => {
    const answers: (() => void)[] = [];
    const queue = new RankingQueue(() => new Promise((resolve) => answers.push(() => resolve(ranking()))));
    const taken: number[] = [];
    const take = (sample: number) => async () => void taken.push(sample);
    await queue.add(request(), take(0));
    const second = queue.add(request(), take(1));
    await setImmediate();
    assert.equal(answers.length, 1, 'the second waits for the first');
    answers[0]!();
    await second;
    assert.deepEqual(taken, [0]);
    answers[1]!();
    await queue.finish();
    assert.deepEqual(taken, [0, 1]);
  });

  it('ends what waits for a sample whose ranking fails, and what comes after', async () => {
    const queue = new RankingQueue(() => Promise.reject(new Error('the thread ended')));
    const waiting = queue.during(never);
    await queue.add(request(), async () => assert.fail('there is nothing to take'));
    await assert.rejects(waiting, /the thread ended/);
    await assert.rejects(
      queue.add(request(), async () => undefined),
      /the thread ended/,
    );
    await assert.rejects(queue.finish(), /the thread ended/);
  });

  it('ends what waits for a sample that cannot be taken', async () => {
    const queue = new RankingQueue(async () => ranking());
    const waiting = queue.during(never);
    await queue.add(request(), () => Promise.reject(new Error('the host is gone')));
    await assert.rejects(waiting, /the host is gone/);
  });

  it('passes on what it waited for', async () => {
    const queue = new RankingQueue(async () => ranking());
    assert.equal(await queue.during(Promise.resolve(7)), 7);
    await assert.rejects(queue.during(Promise.reject(new Error('no more samples'))), /no more samples/);
  });
});

describe('ranking thread', () => {
  it('ranks as the method does', async () => {
    assert.deepEqual(await RankThread.shared().rank(request()), ranking());
  });

  it('lets its process end', () => {
    const thread = JSON.stringify(join(root, 'src/engine/work/ranking/rankThread.ts'));
    const script = `const { RankThread } = await import(${thread});
      const request = { scores: Float32Array.of(1, 2), targets: 1, neurons: 2, limit: 1 };
      console.log((await RankThread.shared().rank(request)).ranked[0][0]);`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 }), '1\n');
  });

  it('that ends fails what it was given, and another takes its place', async () => {
    const thread = RankThread.shared();
    // Nothing that the engine sends.
    await assert.rejects(thread.rank({ ...request(), neurons: -1 }), /The ranking thread failed: /);
    await assert.rejects(thread.rank(request()), /The ranking thread failed: /);
    assert.notEqual(RankThread.shared(), thread);
    assert.deepEqual(await RankThread.shared().rank(request()), ranking());
  });
});
