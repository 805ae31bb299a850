import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pointKey } from '../../../../src/record/sweep/pointName.ts';
import { commitRun } from '../../../../src/run/commitRun.ts';
import { sweepRun } from '../../../../src/run/sweep/sweepRun.ts';
import { useSweepHome, withoutSeconds } from './sweepHome.ts';
import { WeightEngine } from './weightEngine.ts';

describe('the points of a sweep', () => {
  const home = useSweepHome();

  it('has controls: as many neurons in each module, drawn by the seed or by drift, and another anchor', async () => {
    const more = { rhos: [0.005, 0.02], controls: ['fusion', 'random', 'drift'], alphas: [0.5] } as const;
    const { points } = (await home.sweep(more)).record;
    assert.deepEqual(
      points.map(({ rho, selection, seed }) => [rho, selection, seed]),
      [
        ...[
          [0, 'none', null],
          [0.005, 'attribution', null],
          [0.02, 'attribution', null],
        ],
        ...[
          [0.005, 'drift', null],
          [0.02, 'drift', null],
        ],
        ...[
          [0.005, 'random', 0],
          [0.02, 'random', 0],
          [0.005, 'random', 1],
          [0.02, 'random', 1],
        ],
      ],
    );
    for (const { rho, neurons } of points) {
      assert.equal(neurons, points.find((point) => point.rho === rho)!.neurons);
    }
    assert.equal(new Set(points.map(({ all }) => all.entropy)).size, points.length);
    const again = (await home.sweep({ ...more, out: join(home.folder, 'b.sweep.json') })).record;
    assert.deepEqual(withoutSeconds(again.points), withoutSeconds(points));

    // Another checkpoint of the same model: the fused one.
    const anchor = join(home.folder, 'anchor');
    await commitRun(
      { record: home.record, out: anchor, alpha: 0.5, rho: 0, overwrite: false },
      home.context(new WeightEngine()),
    );
    const streamed: (readonly [number | null, string | undefined])[] = [];
    const { record: anchored } = await sweepRun(
      home.options({ alphas: [0, 0.5], rhos: [0, 0.02], anchors: [anchor], out: join(home.folder, 'c.sweep.json') }),
      {
        ...home.context(new WeightEngine()),
        onPoint: (point, anchors) => streamed.push([point.anchor, anchors[0]?.folder]),
      },
    );
    assert.equal(anchored.anchors[0]!.folder, anchor);
    // Points that come say of which anchors they are.
    assert.deepEqual(
      streamed,
      anchored.points.map((point) => [point.anchor, anchor]),
    );
    const at = (alpha: number, rho: number, to: number | null) =>
      anchored.points.find((point) => point.alpha === alpha && point.rho === rho && point.anchor === to)!;
    // At alpha 0 there is nothing but the anchor, whatever is reset.
    const fused = points[0]!;
    assert.deepEqual(at(0, 0, 0).all, fused.all);
    assert.deepEqual(at(0, 0.02, 0).all, fused.all);
    assert.notDeepEqual(at(0.5, 0.02, 0).all, at(0.5, 0.02, null).all);
    assert.equal(at(0.5, 0.02, 0).neurons, at(0.5, 0.02, null).neurons);
  });

  it('has a key of its own for each point', async () => {
    const { points } = (await home.sweep({ controls: ['random', 'drift', 'fusion'] })).record;
    assert.equal(new Set(points.map(pointKey)).size, points.length);
  });
});
