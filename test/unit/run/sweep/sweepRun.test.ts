import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../../../src/engine/process/engine.ts';
import { InputError, Interrupted } from '../../../../src/errors.ts';
import { readSweep } from '../../../../src/record/sweep/sweepFile.ts';
import { type MeasuredPoint, pointKey } from '../../../../src/record/sweep/sweepRecord.ts';
import { attributionRun } from '../../../../src/run/attributionRun.ts';
import { commitRun } from '../../../../src/run/commitRun.ts';
import type { RunEvent } from '../../../../src/run/progress/runEvents.ts';
import { measurePoint } from '../../../../src/run/sweep/measurePoint.ts';
import { readRunSweeps } from '../../../../src/run/sweep/runSweeps.ts';
import { type SweepOptions, sweepRun } from '../../../../src/run/sweep/sweepRun.ts';
import { verifyRun } from '../../../../src/run/verifyRun.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { writeTiny } from '../../checkpoint/tinyCheckpoint.ts';
import { GoldenEngine } from '../goldenEngine.ts';
import { WeightEngine } from './weightEngine.ts';

const name = 'tiny-qwen2-tied';
const pair = { base: join(checkpointFixtures, name, 'base'), sft: join(checkpointFixtures, name, 'sft') };

describe('a sweep', () => {
  let folder: string;
  let made: string;
  let temporary: string | undefined;
  let notes: string[];
  const record = () => join(folder, 'a.rejuvenation.json');
  const scratch = () => join(folder, 'scratch');

  before(async () => {
    made = mkdtempSync(join(tmpdir(), 'sweep-record-'));
    const engine = await GoldenEngine.open(name);
    await attributionRun(
      {
        inputs: { ...pair, calibration: [join(checkpointFixtures, 'tiny-calibration.jsonl')] },
        outputs: { record: join(made, 'a.rejuvenation.json') },
        settings: { ...defaultSettings, rho: 0.02, topN: 3, holdout: 0.25 },
        overwrite: true,
      },
      { signal: new AbortController().signal, onEvent: () => undefined, startEngine: async () => engine },
    );
  });
  after(() => rmSync(made, { recursive: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sweep-'));
    for (const file of readdirSync(made)) writeFileSync(join(folder, file), readFileSync(join(made, file)));
    mkdirSync(scratch());
    notes = [];
    temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = scratch();
  });
  afterEach(() => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(folder, { recursive: true });
  });

  const engineSettings = {
    device: 'cpu',
    memoryBytes: 0,
    processes: 0,
    threads: 0,
    weights: 'auto',
    precision: 'exact',
  } as const;
  const context = (engine: WeightEngine, signal = new AbortController().signal) => ({
    signal,
    onEvent: (event: RunEvent) => void (event.type === 'note' && notes.push(event.text)),
    startEngine: async () => engine,
  });
  const options = (more: Partial<SweepOptions> = {}): SweepOptions => ({
    ...{ record: record(), alphas: [0.4, 0.5], rhos: [0, 0.005, 0.02] },
    ...{ controls: [], seeds: 2, anchors: [], overwrite: false, ...engineSettings, ...more },
  });
  const sweep = (more: Partial<SweepOptions> = {}, engine = new WeightEngine()) =>
    sweepRun(options(more), context(engine));
  const withoutSeconds = (points: readonly MeasuredPoint[]) => points.map((point) => ({ ...point, seconds: 0 }));

  /** What committing to a folder and verifying that gives. */
  async function verified(alpha: number, rho: number) {
    const out = join(folder, 'out');
    const engine = new WeightEngine();
    const { reset } = await commitRun({ record: record(), out, alpha, rho, overwrite: true }, context(engine));
    const { measured } = await verifyRun(
      { record: record(), checkpoints: [out], save: false, ...engineSettings },
      context(engine),
    );
    const { all, targets, heldOut } = measured[0]!;
    return { neurons: reset?.neurons ?? 0, all, targets, heldOut };
  }

  it('gives at every point what commit and verify give, and so does a single point; neither leaves a checkpoint', async () => {
    const { record: swept, path } = await sweep();
    assert.equal(path, join(folder, 'a.sweep.json'));
    assert.deepEqual(await readSweep(path), swept);
    assert.equal(swept.points.length, 6);
    assert.deepEqual(readdirSync(scratch()), []);
    for (const { alpha, rho, neurons, all, targets, heldOut } of swept.points) {
      assert.deepEqual({ neurons, all, targets, heldOut }, await verified(alpha, rho));
    }
    const single = await measurePoint(
      { record: record(), alpha: 0.4, rho: 0.02, ...engineSettings },
      context(new WeightEngine()),
    );
    assert.deepEqual(withoutSeconds([single]), withoutSeconds([swept.points[2]!]));
    // The record's own alpha and rho.
    const own = await measurePoint({ record: record(), ...engineSettings }, context(new WeightEngine()));
    assert.deepEqual(withoutSeconds([own]), withoutSeconds([swept.points[5]!]));
    const stop = new AbortController();
    const stopping = new WeightEngine(() => stop.abort());
    await assert.rejects(
      measurePoint({ record: record(), ...engineSettings }, context(stopping, stop.signal)),
      Interrupted,
    );
    assert.ok(stopping.disposed);
    assert.deepEqual(readdirSync(scratch()), []);
    // Commits listed meanwhile make no other run of it.
    assert.equal((await sweep({ out: join(folder, 'b.sweep.json') })).record.run.sha256, swept.run.sha256);
  });

  it('keeps single points beside the record, those of each engine and each run in a file, and the record as it is', async () => {
    const before = readFileSync(record());
    const warnings: string[] = [];
    const measure = (alpha: number, more: Partial<typeof engineSettings | { memoryBytes: number }> = {}) =>
      measurePoint(
        { record: record(), alpha, rho: 0.02, keep: true, ...engineSettings, ...more },
        {
          ...context(new WeightEngine()),
          onEvent: (event) => void (event.type === 'warning' && warnings.push(event.text)),
        },
      );
    const kept = (name: string) => readSweep(join(folder, name));
    const first = await measure(0.4);
    const second = await measure(0.5);
    const again = await measure(0.4);
    assert.deepEqual((await kept('a.measured.sweep.json')).points, [second, again]);
    assert.deepEqual(withoutSeconds([again]), withoutSeconds([first]));
    const other = await measure(0.4, { memoryBytes: 5e9 });
    assert.deepEqual((await kept('a.measured-2.sweep.json')).points, [other]);
    writeFileSync(join(folder, 'a.measured-3.sweep.json'), 'not a record');
    await measure(0.4, { memoryBytes: 6e9 });
    assert.equal(readFileSync(join(folder, 'a.measured-3.sweep.json'), 'utf8'), 'not a record');
    assert.equal((await kept('a.measured-4.sweep.json')).engine.memoryBytes, 6e9);
    assert.deepEqual(readFileSync(record()), before);
    const { run } = await kept('a.measured.sweep.json');
    const found = await readRunSweeps(record(), run.sha256, () => true);
    assert.deepEqual(
      found.sweeps.map(({ name }) => name),
      ['a.measured-2.sweep.json', 'a.measured-4.sweep.json', 'a.measured.sweep.json'],
    );
    assert.equal(found.notes.length, 1);
    assert.match(found.notes[0]!, /a\.measured-3\.sweep\.json/);
    assert.deepEqual(await readRunSweeps(record(), 'another', () => true), { sweeps: [], notes: found.notes });
    assert.deepEqual(await readRunSweeps(record(), run.sha256, () => false), { sweeps: [], notes: [] });
    assert.deepEqual(warnings, []);
    // What cannot be kept is measured all the same.
    mkdirSync(join(folder, 'a.measured.sweep.lock'));
    assert.deepEqual(withoutSeconds([await measure(0.5)]), withoutSeconds([second]));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^The point was measured, but is not kept beside the record: /);
  });

  it('takes the room of one checkpoint at most', async () => {
    const bytesIn = (place: string): number =>
      readdirSync(place, { withFileTypes: true }).reduce(
        (sum, each) =>
          sum + (each.isDirectory() ? bytesIn(join(place, each.name)) : statSync(join(place, each.name)).size),
        0,
      );
    let most = 0;
    await sweep(
      { controls: ['fusion', 'random', 'drift'] },
      new WeightEngine(() => {
        most = Math.max(most, bytesIn(scratch()));
      }),
    );
    // And the line that marks the folder as one to be deleted.
    assert.ok(most > 0 && most <= bytesIn(pair.sft) + 200, `${most} of ${bytesIn(pair.sft)}`);
  });

  it('has controls: as many neurons in each module, drawn by the seed or by drift, and another anchor', async () => {
    const more = { rhos: [0.005, 0.02], controls: ['fusion', 'random', 'drift'], alphas: [0.5] } as const;
    const { points } = (await sweep(more)).record;
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
    const again = (await sweep({ ...more, out: join(folder, 'b.sweep.json') })).record;
    assert.deepEqual(withoutSeconds(again.points), withoutSeconds(points));

    // Another checkpoint of the same model: the fused one.
    const anchor = join(folder, 'anchor');
    await commitRun(
      { record: record(), out: anchor, alpha: 0.5, rho: 0, overwrite: false },
      context(new WeightEngine()),
    );
    const anchored = (
      await sweep({ alphas: [0, 0.5], rhos: [0, 0.02], anchors: [anchor], out: join(folder, 'c.sweep.json') })
    ).record;
    assert.equal(anchored.anchors[0]!.folder, anchor);
    const at = (alpha: number, rho: number, to: number | null) =>
      anchored.points.find((point) => point.alpha === alpha && point.rho === rho && point.anchor === to)!;
    // At alpha 0 there is nothing but the anchor, whatever is reset.
    const fused = points[0]!;
    assert.deepEqual(at(0, 0, 0).all, fused.all);
    assert.deepEqual(at(0, 0.02, 0).all, fused.all);
    assert.notDeepEqual(at(0.5, 0.02, 0).all, at(0.5, 0.02, null).all);
    assert.equal(at(0.5, 0.02, 0).neurons, at(0.5, 0.02, null).neurons);
  });

  it('measures no checkpoint twice in a row', async () => {
    const engine = new WeightEngine();
    // Both select one neuron a target.
    const { points } = (await sweep({ alphas: [0.5], rhos: [1e-9, 2e-9] }, engine)).record;
    assert.equal(engine.measured.length, 1);
    assert.deepEqual(points[0]!.all, points[1]!.all);
  });

  it('goes on where it was stopped, with other points too, and starts afresh for another record', async () => {
    const whole = (await sweep({ out: join(folder, 'whole.sweep.json') })).record;
    const stop = new AbortController();
    const stopping = new WeightEngine((_, before) => before === 2 && stop.abort());
    await assert.rejects(sweepRun(options(), context(stopping, stop.signal)), Interrupted);
    assert.ok(stopping.disposed);
    assert.deepEqual(readdirSync(scratch()), []);
    const partial = join(folder, 'a.sweep.partial');
    assert.ok(!readdirSync(folder).includes('a.sweep.json'));
    // A write that a kill has torn.
    appendFileSync(partial, '{"alpha":0.4,"rho":0.02,"sel');

    const engine = new WeightEngine();
    const { record: resumed } = await sweep({ alphas: [0.4, 0.5, 0.6] }, engine);
    assert.equal(engine.measured.length, 7);
    assert.ok(notes.includes('2 of 9 points were measured before and are taken over.'));
    assert.deepEqual(withoutSeconds(resumed.points.slice(0, 6)), withoutSeconds(whole.points));
    assert.ok(!readdirSync(folder).some((file) => file.endsWith('.partial') || file.endsWith('.lock')));

    const again = new AbortController();
    const stoppedAgain = new WeightEngine((_, before) => before === 2 && again.abort());
    await assert.rejects(sweepRun(options({ overwrite: true }), context(stoppedAgain, again.signal)), Interrupted);
    const other = new WeightEngine();
    await sweep({ overwrite: true, threads: 1 }, other);
    assert.equal(other.measured.length, 6);
    assert.ok(
      notes.some((text) => text.endsWith('had another threads; starting afresh.')),
      notes.join('\n'),
    );
  });

  it('says what is wrong before any work', async () => {
    const refused = async (more: Partial<SweepOptions>, message: RegExp) => {
      const engine = new WeightEngine();
      await assert.rejects(sweep(more, engine), (error: Error) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual([engine.measured, readdirSync(scratch())], [[], []]);
    };
    await refused({ alphas: [1.5] }, /alpha holds 1\.5, but must lie between 0 and 1/);
    await refused({ alphas: [] }, /alpha has 0 values/);
    await refused({ rhos: [0.01, 0.01] }, /rho holds 0\.01 twice/);
    await refused({ rhos: [0.5] }, /rho is 0\.5, but the record holds ranks up to rho-max 0\.05/);
    await refused({ seeds: 0 }, /seeds is 0/);
    await refused({ anchors: [pair.base] }, /is the base itself/);
    await refused({ anchors: [pair.sft] }, /same folder/);
    const tiny = await writeTiny(join(folder, 'tiny'));
    await refused({ anchors: [tiny] }, /tiny/);
    await refused({ out: join(folder, 'b.json') }, /must be named NAME\.sweep\.json/);
    await refused({ out: join(pair.base, 'b.sweep.json') }, /lies inside the input/);
    const calibration = join(checkpointFixtures, 'tiny-calibration.jsonl');
    const prompts = join(folder, 'prompts.jsonl');
    const beside = (path: string) => ({ beside: [{ what: 'CSV file', path, kind: 'file' } as const], overwrite: true });
    for (const path of [record(), join(folder, 'a.rejuvenation.safetensors'), calibration]) {
      await refused(beside(path), /The CSV file ".*" is the input/);
    }
    const sampling = { sample: async () => assert.fail('Nothing is sampled.'), fingerprint: null, files: [prompts] };
    await refused({ ...beside(prompts), sampling }, /The CSV file ".*prompts\.jsonl" is the input/);
    writeFileSync(join(folder, 'a.sweep.json'), 'mine');
    await refused({}, /exists already/);
    writeFileSync(join(folder, 'a.sweep.partial'), 'mine');
    await refused({ overwrite: true }, /is in the place of this sweep's unfinished work/);
    assert.equal(readFileSync(join(folder, 'a.sweep.partial'), 'utf8'), 'mine');
  });

  it('keeps what is sampled at each point', async () => {
    const figures = { prompts: 2, samples: 4, temperature: 1, passAt1: 0.25, passAtK: 0.5, k: 4, entropy: null };
    const places: string[] = [];
    const sample = async (engine: Engine, place: string) => {
      assert.ok(engine instanceof WeightEngine && engine.measured.at(-1) === place);
      places.push(place);
      return { ...figures, passAt1: places.length / 8 };
    };
    const { path } = await sweep({ sampling: { sample, fingerprint: 1, files: [] } });
    assert.deepEqual(
      (await readSweep(path)).points.map(({ sampled }) => sampled),
      Array.from({ length: 6 }, (_, i) => ({ ...figures, passAt1: (i + 1) / 8 })),
    );
  });

  it('has a key of its own for each point', async () => {
    const { points } = (await sweep({ controls: ['random', 'drift', 'fusion'] })).record;
    assert.equal(new Set(points.map(pointKey)).size, points.length);
  });
});
