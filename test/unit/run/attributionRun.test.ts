import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { InputError, Interrupted, RunError } from '../../../src/errors.ts';
import { intArray, type RecordArrays } from '../../../src/record/arrays/arrays.ts';
import { neuronArrayName } from '../../../src/record/run/recordArrays.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../../src/record/run/runRecord.ts';
import { type AttributionOptions, attributionRun } from '../../../src/run/attributionRun.ts';
import type { RunEvent } from '../../../src/run/progress/runEvents.ts';
import type { ProductForm } from '../../../src/settings/precision.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { fixtures } from '../../paths.ts';
import { GoldenEngine, type Incident } from './goldenEngine.ts';

const name = 'tiny-qwen2-tied';
const samples = 6;

/** The record without what must differ between two runs: times, plans and what was taken up. */
function lasting(record: RunRecord): unknown {
  return {
    ...record,
    run: undefined,
    engine: { ...record.engine, plans: undefined },
    measurements: record.measurements.map((entry) => ({ ...entry, measured: undefined })),
  };
}

describe('attribution run', () => {
  let folder: string;
  let options: AttributionOptions;
  let events: RunEvent[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-'));
    const checkpoints = join(fixtures, 'checkpoints');
    options = {
      inputs: {
        base: join(checkpoints, name, 'base'),
        sft: join(checkpoints, name, 'sft'),
        calibration: [join(checkpoints, 'tiny-calibration.jsonl')],
      },
      outputs: { record: join(folder, 'a.rejuvenation.json') },
      settings: { ...defaultSettings, rho: 0.02, topN: 3 },
      overwrite: false,
    };
    events = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(change: Partial<AttributionOptions> = {}, incident?: Incident, products?: ProductForm) {
    const stop = new AbortController();
    const engine = await GoldenEngine.open(name, incident, () => stop.abort());
    if (products !== undefined) engine.products = products;
    const context = {
      signal: stop.signal,
      onEvent: (event: RunEvent) => void events.push(event),
      startEngine: async () => engine,
    };
    const outcome = await attributionRun({ ...options, ...change }, context).then(
      (open) => ({ open, error: undefined }),
      (error: unknown) => ({ open: undefined, error }),
    );
    return { engine, ...outcome };
  }
  const notes = () =>
    events.flatMap((event) => (event.type === 'note' ? [event.text.replaceAll(folder, '<folder>')] : []));

  function selected(record: RunRecord, arrays: RecordArrays, budget: number): number[][] {
    return record.reset.modules.map(({ layer, projection }) => {
      const ranks = intArray(arrays, neuronArrayName(layer, projection, 'best_rank'));
      return [...ranks.keys()].filter((neuron) => ranks[neuron]! >= 0 && ranks[neuron]! < budget);
    });
  }

  it('gives the golden targets, entropies, reset set and reconstruction error', async () => {
    const { engine, open, error } = await run();
    assert.equal(error, undefined);
    const { golden } = engine;
    const { record, arrays } = await readRecord(open!.path);
    assert.deepEqual(record, open!.record);
    assert.deepEqual(
      [...intArray(arrays, 'targets.row')],
      golden.targets.map(({ t }) => t),
    );
    assert.deepEqual(
      [...intArray(arrays, 'targets.sample')],
      golden.targets.map(({ sample }) => sample),
    );
    for (const [position, which] of (['base', 'sft'] as const).entries()) {
      const { all, targets } = record.measurements[position]!;
      assert.ok(Math.abs(all.entropy - golden.summary[which].entropy_all) < 1e-5);
      assert.ok(Math.abs(targets.entropy - golden.summary[which].entropy_targets) < 1e-5);
    }
    assert.equal(record.reset.budget, golden.budget_per_target);
    assert.equal(record.reset.neurons, golden.reset_neurons);
    assert.equal(record.reset.parameters, golden.reset_params);
    assert.ok(Math.abs(record.reset.neuronRatio - golden.reset_ratio) < 1e-9);
    assert.ok(Math.abs(record.reset.parameterRatio - golden.reset_param_ratio) < 1e-9);
    assert.deepEqual(
      selected(record, arrays, record.reset.budget),
      golden.layout.map(({ reset }) => reset),
    );
    assert.ok(Math.abs(record.reconstruction.maxError - golden.rec_err_max) < 1e-6);
    assert.equal(engine.disposed, true);
    assert.deepEqual(readdirSync(folder).sort(), ['a.rejuvenation.json', 'a.rejuvenation.safetensors']);
  });

  it('tells phases in order and the refused devices', async () => {
    const { open } = await run();
    const begun = events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    assert.deepEqual(begun, ['load', 'base entropy', 'SFT entropy', 'attribution', 'rank']);
    assert.deepEqual(
      open!.record.run.phases.map(({ phase }) => phase),
      begun,
    );
    assert.deepEqual(open!.record.engine.refused, [{ device: 'cuda', reason: 'not in this test' }]);
  });

  // 6 samples each of base, SFT and attribution: stopped at the start, inside and at the end of every phase.
  for (const after of [0, 1, 5, 6, 8, 12, 13, 16, 17]) {
    for (const happens of ['death', 'abort'] as const) {
      it(`resumes after ${happens} at result ${after} and ends with the same record`, async () => {
        const reference = join(folder, 'b.rejuvenation.json');
        const whole = await run({ outputs: { record: reference } });
        const stopped = await run({}, { after, happens });
        assert.ok(stopped.error instanceof (happens === 'death' ? RunError : Interrupted));
        assert.equal(stopped.engine.disposed, true);
        assert.equal(readdirSync(folder).includes('a.rejuvenation.json'), false);
        events = [];
        const resumed = await run();
        assert.equal(resumed.error, undefined);
        const finished = [
          Math.min(after, samples),
          Math.min(Math.max(after - samples, 0), samples),
          Math.min(Math.max(after - 2 * samples, 0), samples),
        ];
        const { worked } = resumed.engine;
        assert.deepEqual(
          [worked.base.length, worked.sft.length, worked.attribution.length],
          finished.map((count) => samples - count),
        );
        assert.deepEqual(Object.values(resumed.open!.record.run.resumed), finished);
        const said = [
          '"tiny-calibration.jsonl": pairs of "prompt" and "response"; plain text.',
          ...(after === 0
            ? []
            : [
                `Taking up an unfinished run: base measured on ${finished[0]} of 6 samples, SFT on ${finished[1]} of 6.`,
              ]),
          ...(after <= 2 * samples ? [] : [`Taking up the attribution of ${finished[2]} of 6 samples.`]),
        ];
        assert.deepEqual(notes(), said);
        const { record, arrays } = await readRecord(resumed.open!.path);
        const expected = { ...(lasting(whole.open!.record) as object), arrays: undefined };
        assert.deepEqual({ ...(lasting(record) as object), arrays: undefined }, expected);
        assert.equal(record.arrays.sha256, whole.open!.record.arrays.sha256);
        assert.deepEqual(new Map(arrays), new Map(whole.open!.arrays));
        assert.equal(readdirSync(folder).includes('a.rejuvenation.partial'), false);
      });
    }
  }

  it('starts afresh with other settings, and says which', async () => {
    await run({}, { after: 14, happens: 'death' });
    const { engine } = await run({ settings: { ...options.settings, topN: 2, rho: 0.01 } });
    assert.deepEqual(engine.worked.base.length, samples);
    assert.deepEqual(notes().slice(2), [
      'An unfinished run in "<folder>/a.rejuvenation.partial" had another rho, top-n; starting afresh.',
    ]);
  });

  it('starts afresh where products are computed in another way, whatever precision was asked for', async () => {
    await run({}, { after: 14, happens: 'death' }, 'split');
    const { engine, open } = await run({ settings: { ...options.settings, precision: 'tf32' } }, undefined, 'tf32');
    assert.deepEqual(engine.worked.base.length, samples);
    assert.deepEqual(notes().slice(2), [
      'An unfinished run in "<folder>/a.rejuvenation.partial" had another precision; starting afresh.',
    ]);
    assert.equal(open!.record.engine.products, 'tf32');
    assert.equal(open!.record.settings.precision, 'tf32');
  });

  it('takes up a run of another precision where products are computed in the same way', async () => {
    await run({}, { after: 14, happens: 'death' });
    const { engine } = await run({ settings: { ...options.settings, precision: 'tf32' } });
    assert.deepEqual(engine.worked, { base: [], sft: [], attribution: [2, 3, 4, 5] });
  });

  it('takes up a run whose alpha and memory alone differ', async () => {
    await run({}, { after: 14, happens: 'death' });
    const { engine } = await run({ settings: { ...options.settings, alpha: 0.7, memoryBytes: 1e9 } });
    assert.deepEqual(engine.worked, { base: [], sft: [], attribution: [2, 3, 4, 5] });
  });

  it('ignores an unfinished run that cannot be read, and says so', async () => {
    await run({}, { after: 14, happens: 'death' });
    writeFileSync(join(folder, 'a.rejuvenation.partial', 'fingerprint.json'), '{"program":');
    const { engine, error } = await run();
    assert.equal(error, undefined);
    assert.equal(engine.worked.base.length, samples);
    assert.deepEqual(notes().slice(2), [
      'The unfinished run in "<folder>/a.rejuvenation.partial" cannot be read; starting afresh.',
    ]);
  });

  it('attributes afresh when only the saved attribution is damaged', async () => {
    await run({}, { after: 14, happens: 'death' });
    const path = join(folder, 'a.rejuvenation.partial', 'attribution.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, 200));
    const { engine, error } = await run();
    assert.equal(error, undefined);
    assert.deepEqual(engine.worked, { base: [], sft: [], attribution: [0, 1, 2, 3, 4, 5] });
  });

  it('keeps every score in a file of its own, through a stop too', async () => {
    const outputs = { ...options.outputs, scores: join(folder, 'scores.safetensors') };
    await run({ outputs }, { after: 15, happens: 'abort' });
    assert.ok(readdirSync(folder).includes('scores.safetensors.partial'));
    const { engine, error } = await run({ outputs });
    assert.equal(error, undefined);
    assert.deepEqual(engine.worked.attribution, [3, 4, 5]);
    const tensors = await readSafetensors(outputs.scores);
    const { golden, scores } = engine;
    assert.deepEqual(tensors.get('scores')!.shape, [golden.targets.length, scores.length / golden.targets.length]);
    assert.deepEqual(new Float32Array(tensors.get('scores')!.data.slice().buffer), scores);
    const rows = new Int32Array(tensors.get('targets')!.data.slice().buffer);
    assert.deepEqual(
      golden.targets.map((_, i) => [rows[3 * i], rows[3 * i + 1]]),
      golden.targets.map(({ sample, t }) => [sample, t]),
    );
    assert.equal(readdirSync(folder).includes('scores.safetensors.partial'), false);
  });

  it('attributes afresh when the score file of the stopped run is gone', async () => {
    const outputs = { ...options.outputs, scores: join(folder, 'scores.safetensors') };
    await run({ outputs }, { after: 15, happens: 'abort' });
    rmSync(`${outputs.scores}.partial`);
    const { engine } = await run({ outputs });
    assert.deepEqual(engine.worked, { base: [], sft: [], attribution: [0, 1, 2, 3, 4, 5] });
  });

  it('refuses bad input before the engine starts, writing nothing', async () => {
    let started = false;
    const context = {
      signal: new AbortController().signal,
      onEvent: () => undefined,
      startEngine: async () => {
        started = true;
        return GoldenEngine.open(name);
      },
    };
    const rows: readonly AttributionOptions[] = [
      { ...options, settings: { ...options.settings, alpha: 2 } },
      { ...options, inputs: { ...options.inputs, base: join(folder, 'none') } },
      { ...options, inputs: { ...options.inputs, calibration: [join(folder, 'none.jsonl')] } },
      { ...options, outputs: { record: join(options.inputs.sft, 'a.rejuvenation.json') } },
    ];
    for (const bad of rows) await assert.rejects(attributionRun(bad, context), InputError);
    assert.equal(started, false);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses a checkpoint that gives no finite numbers', async () => {
    const engine = await GoldenEngine.open(name);
    const measure = engine.measure.bind(engine);
    engine.measure = (params, callbacks) =>
      measure(params, {
        ...callbacks,
        onSample: (result) => callbacks.onSample({ ...result, entropy: result.entropy.fill(Number.NaN) }),
      });
    const context = {
      signal: new AbortController().signal,
      onEvent: () => undefined,
      startEngine: async () => engine,
    };
    await assert.rejects(attributionRun(options, context), (error) => {
      assert.ok(error instanceof RunError);
      assert.match(error.message, /gives values that are not numbers on line 1 of the calibration/);
      return true;
    });
    assert.equal(engine.disposed, true);
  });
});
