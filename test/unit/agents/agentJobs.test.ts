import assert from 'node:assert/strict';
import { AgentJobs } from '../../../src/agents/agentJobs.ts';
import { InputError, Interrupted } from '../../../src/errors.ts';
import type { RunContext } from '../../../src/run/progress/runContext.ts';

describe('jobs of agents', () => {
  const never = new AbortController().signal;
  const quiet = { signal: never, progress: () => undefined };
  const jobs = () =>
    new AgentJobs((_, work) =>
      work({ signal: never, onEvent: () => undefined, startEngine: () => assert.fail('no engine') }),
    );
  /** Work that ends when it is stopped. */
  const endless = ({ signal }: RunContext) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Interrupted('Stopped.'))));

  it('are done, have failed or were stopped, and say so', async () => {
    const all = jobs();
    const done = await all.wait(
      all.start('run', 'A', async () => ({ value: 1 })),
      10,
      quiet,
    );
    assert.deepEqual([done['job'], done['state'], done['result']], ['run-1', 'done', { value: 1 }]);
    const failing = all.start('commit', 'B', async () => {
      throw new InputError(`It is wrong: ${'x'.repeat(10_000)}`);
    });
    const failed = await all.wait(failing, 10, quiet);
    assert.equal(failed['state'], 'failed');
    assert.match(String(failed['error']), /^It is wrong: x{100}/);
    assert.ok(String(failed['error']).length <= 2000);
    const stopped = await all.cancel(all.start('run', 'C', endless));
    assert.deepEqual([stopped['job'], stopped['state'], stopped['error']], ['run-3', 'stopped', 'Stopped.']);
    assert.throws(() => all.report('run-4'), {
      message: 'There is no job "run-4" here. Known: run-1, commit-2, run-3.',
    });
  });

  it('run one at a time, and all end with the server', async () => {
    const all = jobs();
    const id = all.start('run', 'A', endless);
    assert.throws(() => all.start('run', 'B', endless), /run-1 is running, and only one job at a time does/);
    await all.close();
    assert.equal(all.report(id)['state'], 'stopped');
  });

  it('are waited for no longer than asked, and not by a call that was cancelled', async () => {
    const all = jobs();
    const id = all.start('run', 'A', endless);
    assert.equal((await all.wait(id, 0, quiet))['state'], 'running');
    const stop = new AbortController();
    const waiting = all.wait(id, 1000, { ...quiet, signal: stop.signal });
    stop.abort();
    assert.equal((await waiting)['state'], 'running');
    await all.close();
  });

  it('tell how far they are, and keep the last notes', async () => {
    const all = jobs();
    const told: string[] = [];
    let go = () => {};
    const ready = new Promise<void>((resolve) => {
      go = resolve;
    });
    const id = all.start('run', 'A', async ({ onEvent }) => {
      await ready;
      onEvent({ type: 'phase', phase: 'attribution' });
      onEvent({ type: 'progress', phase: 'attribution', done: 3, total: 8, unit: 'samples' });
      for (let i = 0; i < 1000; i++) onEvent({ type: 'note', text: `note ${i}` });
      return {};
    });
    const waiting = all.wait(id, 10, { signal: never, progress: (_, text) => void told.push(text) });
    go();
    const { notes } = (await waiting) as { readonly notes: readonly string[] };
    assert.equal(told[0], 'attribution');
    assert.deepEqual([notes.length, notes.at(-1)], [20, 'note 999']);
  });
});
