import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecord } from '../../src/run/recordFile.ts';
import { fixtures, rejuvenate } from './rejuvenate.ts';

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
    const float32 = await attribute('f.rejuvenation.json', '--device', 'cpu');
    assert.equal(float32.exitCode, 0, float32.stderr);
    assert.equal((await readRecord(at('f.rejuvenation.json'))).record.settings.weights, 'float32');
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
    assert.match(stderr, /'--weights <form>' argument 'half' is invalid\. Allowed choices are float32, stored\./);
  });
});
