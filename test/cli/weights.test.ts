import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('--weights', () => {
  const name = 'tiny-qwen3-untied-sharded';
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'weights-')));
  });
  after(() => rmSync(folder, { recursive: true }));

  const attribute = (record: string, ...options: readonly string[]) =>
    rejuvenate([
      ...['attribute', '--base', join(fixtures, 'checkpoints', name, 'base')],
      ...['--sft', join(fixtures, 'checkpoints', name, 'sft'), '--record', at(record)],
      ...['--calibration', join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), '--rho', '0.02', '--top-n', '3'],
      ...options,
    ]);

  it('stored: resets what float32 does, and the record tells', async () => {
    const { exitCode, stderr } = await attribute('s.rejuvenation.json', '--device', 'cpu', '--weights', 'stored');
    assert.equal(exitCode, 0, stderr);
    const { record } = await readRecord(at('s.rejuvenation.json'));
    assert.equal(record.settings.weights, 'stored');
    const shown = await rejuvenate(['show', at('s.rejuvenation.json')]);
    assert.match(shown.stdout, /^device +cpu \(ONNX Runtime [\d.]+\), weights held as stored$/m);
    const golden = JSON.parse(readFileSync(join(fixtures, 'goldens', name, 'golden.json'), 'utf8'));
    assert.equal(record.reset.neurons, golden.reset_neurons);
  });

  it('auto, the default: float32 where the model fits, as stored where it does not, and the record tells', async () => {
    for (const [file, memory, weights, shown] of [
      ['f', '1GB', 'float32', /^device +cpu \(ONNX Runtime [\d.]+\)$/m],
      ['a', '64MB', 'stored', /^device +cpu \(ONNX Runtime [\d.]+\), weights held as stored$/m],
    ] as const) {
      const record = `${file}.rejuvenation.json`;
      const { exitCode, stderr } = await attribute(record, '--device', 'cpu', '--memory', memory);
      assert.equal(exitCode, 0, stderr);
      const { settings, engine } = (await readRecord(at(record))).record;
      assert.equal(settings.weights, 'auto');
      const plans = Object.values(engine.plans);
      assert.deepEqual(
        plans.map((plan) => plan!.weights),
        [weights, weights, weights],
      );
      assert.match((await rejuvenate(['show', at(record)])).stdout, shown);
    }
  });

  it('stored is refused on devices that cannot, before anything is written', async () => {
    for (const device of ['dml', 'coreml']) {
      const { exitCode, stderr } = await attribute('x.rejuvenation.json', '--device', device, '--weights', 'stored');
      assert.equal(exitCode, 1);
      assert.match(stderr, new RegExp(`\\(${device}: it cannot hold weights as they are stored\\)`));
    }
    await assert.rejects(readRecord(at('x.rejuvenation.json')));
  });

  it('anything else is bad input', async () => {
    const { exitCode, stderr } = await attribute('x.rejuvenation.json', '--weights', 'half');
    assert.equal(exitCode, 2);
    assert.match(stderr, /'--weights <form>' argument 'half' is invalid\. Allowed choices are auto, float32, stored\./);
  });
});
