import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../../../src/engine/process/engine.ts';
import { Interrupted } from '../../../../src/errors.ts';
import { readSweep } from '../../../../src/record/sweep/sweepFile.ts';
import { commitRun } from '../../../../src/run/commitRun.ts';
import { measurePoint } from '../../../../src/run/sweep/measurePoint.ts';
import { verifyRun } from '../../../../src/run/verifyRun.ts';
import { engineSettings, pair, useSweepHome, withoutSeconds } from './sweepHome.ts';
import { WeightEngine } from './weightEngine.ts';

describe('a sweep', () => {
  const home = useSweepHome();

  /** What committing to a folder and verifying that gives. */
  async function verified(alpha: number, rho: number) {
    const out = join(home.folder, 'out');
    const engine = new WeightEngine();
    const { reset } = await commitRun({ record: home.record, out, alpha, rho, overwrite: true }, home.context(engine));
    const { measured } = await verifyRun(
      { record: home.record, checkpoints: [out], save: false, ...engineSettings },
      home.context(engine),
    );
    const { all, targets, heldOut } = measured[0]!;
    return { neurons: reset?.neurons ?? 0, all, targets, heldOut };
  }

  it('gives at every point what commit and verify give, and so does a single point; neither leaves a checkpoint', async () => {
    const { record: swept, path } = await home.sweep();
    assert.equal(path, join(home.folder, 'a.sweep.json'));
    assert.deepEqual(await readSweep(path), swept);
    assert.equal(swept.points.length, 6);
    assert.deepEqual(readdirSync(home.scratch), []);
    for (const { alpha, rho, neurons, all, targets, heldOut } of swept.points) {
      assert.deepEqual({ neurons, all, targets, heldOut }, await verified(alpha, rho));
    }
    const single = await measurePoint(
      { record: home.record, alpha: 0.4, rho: 0.02, ...engineSettings },
      home.context(new WeightEngine()),
    );
    assert.deepEqual(withoutSeconds([single]), withoutSeconds([swept.points[2]!]));
    // The record's own alpha and rho.
    const own = await measurePoint({ record: home.record, ...engineSettings }, home.context(new WeightEngine()));
    assert.deepEqual(withoutSeconds([own]), withoutSeconds([swept.points[5]!]));
    const stop = new AbortController();
    const stopping = new WeightEngine(() => stop.abort());
    await assert.rejects(
      measurePoint({ record: home.record, ...engineSettings }, home.context(stopping, stop.signal)),
      Interrupted,
    );
    assert.ok(stopping.disposed);
    assert.deepEqual(readdirSync(home.scratch), []);
    // Commits listed meanwhile make no other run of it.
    assert.equal((await home.sweep({ out: join(home.folder, 'b.sweep.json') })).record.run.sha256, swept.run.sha256);
  });

  it('takes the room of one checkpoint at most', async () => {
    const bytesIn = (place: string): number =>
      readdirSync(place, { withFileTypes: true }).reduce(
        (sum, each) =>
          sum + (each.isDirectory() ? bytesIn(join(place, each.name)) : statSync(join(place, each.name)).size),
        0,
      );
    let most = 0;
    await home.sweep(
      { controls: ['fusion', 'random', 'drift'] },
      new WeightEngine(() => {
        most = Math.max(most, bytesIn(home.scratch));
      }),
    );
    // And the line that marks the folder as one to be deleted.
    assert.ok(most > 0 && most <= bytesIn(pair.sft) + 200, `${most} of ${bytesIn(pair.sft)}`);
  });

  it('leaves no checkpoint where the engine cannot be ended', async () => {
    const stuck = new (class extends WeightEngine {
      override dispose = () => Promise.reject(new Error('stuck'));
    })();
    await assert.rejects(home.sweep({}, stuck), /stuck/);
    assert.deepEqual(readdirSync(home.scratch), []);
  });

  it('measures no checkpoint twice in a row', async () => {
    const engine = new WeightEngine();
    // Both select one neuron a target.
    const { points } = (await home.sweep({ alphas: [0.5], rhos: [1e-9, 2e-9] }, engine)).record;
    assert.equal(engine.measured.length, 1);
    assert.deepEqual(points[0]!.all, points[1]!.all);
  });

  it('keeps what is sampled at each point', async () => {
    const figures = { prompts: 2, samples: 4, temperature: 1, passAt1: 0.25, passAtK: 0.5, k: 4, entropy: null };
    const places: string[] = [];
    const sample = async (engine: Engine, place: string) => {
      assert.ok(engine instanceof WeightEngine && engine.measured.at(-1) === place);
      places.push(place);
      return { ...figures, passAt1: places.length / 8 };
    };
    const { path } = await home.sweep({ sampling: { sample, fingerprint: 1, files: [] } });
    assert.deepEqual(
      (await readSweep(path)).points.map(({ sampled }) => sampled),
      Array.from({ length: 6 }, (_, i) => ({ ...figures, passAt1: (i + 1) / 8 })),
    );
  });
});
