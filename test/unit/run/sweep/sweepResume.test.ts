import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Interrupted } from '../../../../src/errors.ts';
import { sweepRun } from '../../../../src/run/sweep/sweepRun.ts';
import { useSweepHome, withoutSeconds } from './sweepHome.ts';
import { WeightEngine } from './weightEngine.ts';

describe('a sweep that was stopped', () => {
  const home = useSweepHome();

  it('goes on where it was stopped, with other points too, and starts afresh for another record', async () => {
    const whole = (await home.sweep({ out: join(home.folder, 'whole.sweep.json') })).record;
    const stop = new AbortController();
    const stopping = new WeightEngine((_, before) => before === 2 && stop.abort());
    await assert.rejects(sweepRun(home.options(), home.context(stopping, stop.signal)), Interrupted);
    assert.ok(stopping.disposed);
    assert.deepEqual(readdirSync(home.scratch), []);
    const partial = join(home.folder, 'a.sweep.partial');
    assert.ok(!readdirSync(home.folder).includes('a.sweep.json'));
    // A write that a kill has torn.
    appendFileSync(partial, '{"alpha":0.4,"rho":0.02,"sel');

    const engine = new WeightEngine();
    const { record: resumed } = await home.sweep({ alphas: [0.4, 0.5, 0.6] }, engine);
    assert.equal(engine.measured.length, 7);
    assert.ok(home.notes.includes('2 of 9 points were measured before and are taken over.'));
    assert.deepEqual(withoutSeconds(resumed.points.slice(0, 6)), withoutSeconds(whole.points));
    assert.ok(!readdirSync(home.folder).some((file) => file.endsWith('.partial') || file.endsWith('.lock')));

    const again = new AbortController();
    const stoppedAgain = new WeightEngine((_, before) => before === 2 && again.abort());
    await assert.rejects(
      sweepRun(home.options({ overwrite: true }), home.context(stoppedAgain, again.signal)),
      Interrupted,
    );
    const other = new WeightEngine();
    await home.sweep({ overwrite: true, threads: 1 }, other);
    assert.equal(other.measured.length, 6);
    assert.ok(
      home.notes.some((text) => text.endsWith('had another threads; starting afresh.')),
      home.notes.join('\n'),
    );
  });
  it('takes nothing over from another runtime', async () => {
    const stop = new AbortController();
    const stopping = new WeightEngine((_, before) => before === 2 && stop.abort());
    await assert.rejects(sweepRun(home.options(), home.context(stopping, stop.signal)), Interrupted);
    const newer = new (class extends WeightEngine {
      override readonly runtimeVersion = 'newer weights';
    })();
    const { record } = await home.sweep({}, newer);
    assert.deepEqual([record.engine.runtimeVersion, newer.measured.length], ['newer weights', 6]);
    assert.ok(
      home.notes.some((text) => text.endsWith('had another runtime; starting afresh.')),
      home.notes.join('\n'),
    );
  });
});
