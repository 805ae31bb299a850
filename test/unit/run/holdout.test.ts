import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heldOutSamples } from '../../../src/calibration/heldOut.ts';
import { readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { Interrupted } from '../../../src/errors.ts';
import { floatArray, intArray } from '../../../src/record/arrays/arrays.ts';
import { measurementArrayName } from '../../../src/record/arrays/measurementArrays.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { attributionRun } from '../../../src/run/attributionRun.ts';
import type { RunEvent } from '../../../src/run/progress/runEvents.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { fixtures } from '../../paths.ts';
import { GoldenEngine, type Incident } from './goldenEngine.ts';

const name = 'tiny-qwen2-tied';

describe('a run that holds samples out', () => {
  let folder: string;
  let notes: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdout-'));
    notes = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const held = [...heldOutSamples(6, 0.25, 0)];
  const others = [0, 1, 2, 3, 4, 5].filter((index) => !held.includes(index));

  async function run(holdout: number, incident?: Incident, scores?: string) {
    const stop = new AbortController();
    const engine = await GoldenEngine.open(name, incident, () => stop.abort());
    const checkpoints = join(fixtures, 'checkpoints');
    const inputs = {
      base: join(checkpoints, name, 'base'),
      sft: join(checkpoints, name, 'sft'),
      calibration: [join(checkpoints, 'tiny-calibration.jsonl')],
    };
    const outputs = { record: join(folder, 'a.rejuvenation.json'), scores };
    const settings = { ...defaultSettings, rho: 0.02, topN: 3, holdout };
    const context = {
      signal: stop.signal,
      onEvent: (event: RunEvent) => void (event.type === 'note' && notes.push(event.text)),
      startEngine: async () => engine,
    };
    const running = attributionRun({ inputs, outputs, settings, overwrite: true }, context);
    return { engine, running };
  }

  it('measures all, chooses targets in the others alone, and tells means apart', async () => {
    const { engine, running } = await run(0.25);
    const { record, arrays } = await readRecord((await running).path);
    assert.equal(held.length, 2);
    assert.deepEqual(
      record.samples.flatMap(({ heldOut }, index) => (heldOut ? [index] : [])),
      held,
    );
    assert.deepEqual(engine.worked.base, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(engine.worked.attribution, others);
    const expected = engine.golden.targets.filter(({ sample }) => others.includes(sample));
    assert.deepEqual(
      Array.from(intArray(arrays, 'targets.sample'), (sample, i) => [sample, intArray(arrays, 'targets.row')[i]]),
      expected.map(({ sample, t }) => [sample, t]),
    );
    for (const [position, { all, heldOut }] of record.measurements.entries()) {
      const mean = (array: 'entropy' | 'top1_probability' | 'nll', whose: readonly number[]) => {
        const values = floatArray(arrays, measurementArrayName(position, array));
        const own = whose.flatMap((index) => {
          const { firstRow, rows } = record.samples[index]!;
          return [...values.subarray(firstRow, firstRow + rows)];
        });
        return own.reduce((sum, value) => sum + value, 0) / own.length;
      };
      const near = (value: number, other: number) => assert.ok(Math.abs(value - other) < 1e-12, `${value}, ${other}`);
      assert.equal(
        heldOut!.rows,
        held.reduce((sum, index) => sum + record.samples[index]!.rows, 0),
      );
      near(heldOut!.entropy, mean('entropy', held));
      near(heldOut!.top1Probability, mean('top1_probability', held));
      near(heldOut!.negativeLogLikelihood, mean('nll', held));
      near(all.entropy, mean('entropy', [0, 1, 2, 3, 4, 5]));
      assert.notEqual(heldOut!.entropy, all.entropy);
    }
    const note = '2 of 6 samples are held out by seed 0: they are measured and choose no target.';
    assert.ok(record.notes.includes(note));
    assert.ok(notes.includes(note));
  });

  it('goes on where it was stopped, and starts afresh for another share', async () => {
    const whole = await readRecord((await (await run(0.25)).running).path);
    // Twelve measures, then two of the four samples with targets.
    await assert.rejects((await run(0.25, { after: 14, happens: 'abort' })).running, Interrupted);
    const { engine, running } = await run(0.25);
    const { record, arrays } = await readRecord((await running).path);
    assert.deepEqual(engine.worked, { base: [], sft: [], attribution: others.slice(2) });
    assert.deepEqual(record.run.resumed, { base: 6, sft: 6, attribution: 2 });
    assert.deepEqual(arrays, whole.arrays);
    assert.deepEqual(record.reset, whole.record.reset);

    await assert.rejects((await run(0.25, { after: 14, happens: 'abort' })).running, Interrupted);
    const other = await run(0.5);
    await other.running;
    assert.deepEqual(other.engine.worked.base, [0, 1, 2, 3, 4, 5]);
    assert.ok(notes.some((text) => text.endsWith('had another holdout; starting afresh.')));
  });

  it('keeps scores of the others alone', async () => {
    const scores = join(folder, 'scores.safetensors');
    const { engine, running } = await run(0.25, undefined, scores);
    await running;
    const kept = (await readSafetensors(scores)).get('scores')!;
    const neurons = engine.scores.length / 18;
    assert.deepEqual(kept.shape, [12, neurons]);
    const expected = engine.golden.targets.flatMap(({ sample }, target) =>
      others.includes(sample) ? [...engine.scores.subarray(target * neurons, (target + 1) * neurons)] : [],
    );
    assert.deepEqual([...new Float32Array(kept.data.slice().buffer)], expected);
  });
});
