import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, Interrupted } from '../../../../src/errors.ts';
import { attributionRun } from '../../../../src/run/attributionRun.ts';
import { readStoppedRun } from '../../../../src/run/resume/stoppedRun.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { fixtures } from '../../../paths.ts';
import { GoldenEngine } from '../goldenEngine.ts';

const name = 'tiny-qwen2-tied';
const samples = 6;

describe('a run that was stopped', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stopped-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const partial = () => join(folder, 'a.rejuvenation.partial');
  const checkpoints = join(fixtures, 'checkpoints');
  const inputs = {
    base: join(checkpoints, name, 'base'),
    sft: join(checkpoints, name, 'sft'),
    calibration: [join(checkpoints, 'tiny-calibration.jsonl')],
    tokenizer: join(checkpoints, name, 'sft', 'tokenizer.json'),
  };
  const settings = { ...defaultSettings, rho: 0.02, topN: 3, alpha: 0.25, threads: 1 };

  async function stopAfter(after: number): Promise<void> {
    const stop = new AbortController();
    const engine = await GoldenEngine.open(name, { after, happens: 'abort' }, () => stop.abort());
    const outputs = { record: join(folder, 'a.rejuvenation.json'), scores: join(folder, 'scores.safetensors') };
    const context = { signal: stop.signal, onEvent: () => undefined, startEngine: async () => engine };
    await assert.rejects(attributionRun({ inputs, outputs, settings, overwrite: false }, context), Interrupted);
  }

  for (const { after, phase, done } of [
    { after: 0, phase: 'base entropy', done: 0 },
    { after: 4, phase: 'base entropy', done: 4 },
    { after: 8, phase: 'SFT entropy', done: 2 },
    { after: 12, phase: 'attribution', done: 0 },
    { after: 15, phase: 'attribution', done: 3 },
  ]) {
    it(`tells what it was asked for and how far it is: ${phase}, ${done} of ${samples}`, async () => {
      await stopAfter(after);
      assert.deepEqual(await readStoppedRun(partial()), {
        inputs,
        outputs: { record: join(folder, 'a.rejuvenation.json'), scores: join(folder, 'scores.safetensors') },
        settings,
        samples,
        phase,
        done,
        toDo: samples,
      });
    });
  }

  it('passes held-out samples over in attribution', async () => {
    const holding = { ...settings, holdout: 0.25 };
    const stop = new AbortController();
    const engine = await GoldenEngine.open(name, { after: 13, happens: 'abort' }, () => stop.abort());
    const outputs = { record: join(folder, 'a.rejuvenation.json') };
    const context = { signal: stop.signal, onEvent: () => undefined, startEngine: async () => engine };
    const running = attributionRun({ inputs, outputs, settings: holding, overwrite: false }, context);
    await assert.rejects(running, Interrupted);
    const { phase, done, toDo, settings: kept } = await readStoppedRun(partial());
    assert.deepEqual([phase, done, toDo, kept.holdout], ['attribution', 1, 4, 0.25]);
  });

  it('is read over what other versions kept: unknown settings, and known ones of another kind', async () => {
    await stopAfter(2);
    const path = join(partial(), 'request.json');
    const request = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(
      path,
      JSON.stringify({ ...request, settings: { ...request.settings, rho: '3', templateArgs: [1], future: true } }),
    );
    assert.deepEqual((await readStoppedRun(partial())).settings, { ...settings, rho: defaultSettings.rho });
  });

  for (const [what, content] of [
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['paths that are none', JSON.stringify({ inputs: { base: 1 }, outputs: {}, settings: {}, samples: 1 })],
    ['settings that cannot be', undefined],
    ["another run's", undefined],
  ] as const) {
    it(`is refused with a sentence where its request is ${what}`, async () => {
      await stopAfter(1);
      const path = join(partial(), 'request.json');
      const request = JSON.parse(readFileSync(path, 'utf8'));
      if (what === 'settings that cannot be') request.settings.alpha = 7;
      if (what === "another run's") request.outputs.record = join(folder, 'b.rejuvenation.json');
      writeFileSync(path, content ?? JSON.stringify(request));
      await assert.rejects(readStoppedRun(partial()), InputError);
    });
  }

  it('counts what is whole where its files are cut short or missing', async () => {
    await stopAfter(15);
    const moved = join(folder, 'elsewhere', 'a.rejuvenation.partial');
    mkdirSync(join(folder, 'elsewhere'));
    cpSync(partial(), moved, { recursive: true });
    writeFileSync(join(moved, 'attribution.safetensors'), 'torn');
    await assert.rejects(readStoppedRun(moved), InputError);
    rmSync(join(moved, 'attribution.safetensors'));
    const log = join(moved, 'sft.log');
    const bytes = readFileSync(log);
    writeFileSync(log, bytes.subarray(0, bytes.length - 3));
    const { phase, done } = await readStoppedRun(moved);
    assert.deepEqual({ phase, done }, { phase: 'SFT entropy', done: samples - 1 });
  });
});
