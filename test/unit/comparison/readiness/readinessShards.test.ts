import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { measureReadiness } from '../../../../src/comparison/readiness/measureReadiness.ts';
import type { ReadinessOptions, SamplingPlan } from '../../../../src/comparison/readiness/readinessOptions.ts';
import { readinessShard } from '../../../../src/comparison/readiness/shards/readinessShard.ts';
import type { Engine } from '../../../../src/engine/process/engine.ts';
import { InputError, RunError } from '../../../../src/errors.ts';
import type { ReadinessRecord } from '../../../../src/record/readiness/readinessRecord.ts';
import { engineSource } from '../../../../src/run/readiness/engineSource.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { fastFolder } from '../../../storm/fastFolder.ts';
import { GoldenEngine } from '../../run/goldenEngine.ts';

const name = 'tiny-qwen2-tied';
const [base, sft] = [join(checkpointFixtures, name, 'base'), join(checkpointFixtures, name, 'sft')];
const engineOptions = { ...defaultSettings, memoryBytes: 1e9, threads: 1 };

/** Golden measures; answers and their figures are plain functions of prompt and answer, and end where it is told to. */
async function engine(endsAfter = Infinity, cut = '1'): Promise<Engine> {
  const golden = await GoldenEngine.open(name);
  let left = endsAfter;
  const sample: Engine['sample'] = async ({ samples, firstSample, endSample, options }, { onSample, onCut }) => {
    onCut?.(cut.repeat(64));
    for (const { index } of samples.slice(firstSample, endSample)) {
      if (left-- <= 0) throw new RunError('The engine died.');
      const answers = Array.from({ length: options.samples }, (_, answer) => ({
        tokens: Int32Array.of(40 + ((index * 7 + answer) % 50), 41),
        logProbabilities: Float32Array.of(-1 / (1 + index), -0.3 * answer),
        entropies: Float32Array.of(1 / (3 + index), 0.1 * answer),
        finish: 'length' as const,
      }));
      onSample({ index, answers });
      await Promise.resolve();
    }
    return { segments: 1 } as never;
  };
  return Object.assign(golden, { sample });
}

describe('readiness in shards', () => {
  let folder: string;
  /** Reading them starts a process each time. */
  let withLines = true;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'readiness-'));
    const rows = Array.from({ length: 40 }, (_, i) => JSON.stringify({ prompt: `What is ${i}?`, answer: i }));
    writeFileSync(at('prompts.jsonl'), `${rows.join('\n')}\n`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const context = (own: Engine) => ({
    signal: new AbortController().signal,
    onEvent: () => undefined,
    startEngine: async () => own,
  });

  function asked(own: Engine, plan: Partial<SamplingPlan> = {}): ReadinessOptions {
    const calibration = join(checkpointFixtures, 'tiny-calibration.jsonl');
    return {
      ...{ checkpoints: [sft], base, elsewhere: false, conditions: [], out: undefined, overwrite: false },
      lines: withLines ? { training: [calibration], heldOut: [], reading: engineOptions } : undefined,
      sampling: {
        prompts: {
          ...{ kind: 'files', paths: [at('prompts.jsonl')], draw: 0 },
          ...{ promptField: '', answerField: '', asChat: false },
        },
        open: engineSource(engineOptions, { onEvent() {}, startEngine: async () => own }),
        ...{ samples: 8, temperature: 1, evalTemperature: undefined, topP: 1, maxTokens: 4, stop: [], seed: 0 },
        ...{ grader: undefined, correctAbove: undefined, groupSizes: [4] },
        ...plan,
      },
    };
  }

  async function shard(index: number, own: Engine, plan?: Partial<SamplingPlan>) {
    const command = { folder, command: 'readiness', words: [] };
    const work = { shard: { index, count: 2 }, partials: at('p'), command, engine: engineOptions };
    return readinessShard({ asked: asked(own, plan), ...work }, context(own));
  }

  async function joined(plan?: Partial<SamplingPlan>): Promise<ReadinessRecord> {
    const { weights, chatTemplate, templateArgs, specialTokens } = engineOptions;
    const from = { partials: at('p'), weights, rendering: { chatTemplate, templateArgs, specialTokens } };
    const idle = { startEngine: () => assert.fail('an engine was started'), onEvent() {} };
    const options = { ...asked(await engine(), plan), joined: from };
    return (await measureReadiness(options, { ...context(await engine()), ...idle })).record;
  }

  const facts = (record: ReadinessRecord) => JSON.stringify({ ...record, created: '', seconds: 0 });
  const wrong = (pattern: RegExp) => (error: unknown) => error instanceof InputError && pattern.test(error.message);

  it('gives the record of one process, also where shards died on the way', async () => {
    withLines = true;
    const own = await engine();
    const { record } = await measureReadiness(asked(own), context(own));
    await assert.rejects(shard(1, await engine(5)), RunError);
    const parts = [...(await shard(1, await engine())).parts, ...(await shard(0, await engine())).parts];
    assert.deepEqual(
      parts.filter(({ phase }) => phase === 'sample').map(({ samples }) => samples),
      [20, 20, 20, 20],
      'batches are dealt whole',
    );
    assert.ok((await shard(0, await engine(0))).parts.every(({ before }) => before));
    assert.equal(facts(await joined()), facts(record));
  });

  it('names partials that are missing, damaged, doubled, foreign, or cut otherwise', async () => {
    withLines = false;
    await shard(0, await engine());
    await assert.rejects(
      joined(),
      wrong(/sample-0001-of-0002\.partial" is missing: run that shard with --shard 1\/2\.$/),
    );
    await assert.rejects(shard(1, await engine(Infinity, '2')), /would be cut in another way/);
    await shard(1, await engine());
    const path = at('p', '1', 'sample-0001-of-0002.partial');
    const whole = readFileSync(path);
    for (const bytes of [whole.subarray(0, -9), whole.subarray(0, 40), Buffer.concat([whole, Buffer.from('x')])]) {
      writeFileSync(path, bytes);
      await assert.rejects(joined(), wrong(/sample-0001-of-0002\.partial" is (damaged|no partial)/), `${bytes.length}`);
    }
    writeFileSync(path, whole);
    await assert.rejects(joined({ seed: 1 }), wrong(/is of another run, with another seed/));
    await assert.rejects(
      shard(0, await engine(), { temperature: 0.5 }),
      wrong(/of another run, with another temperature/),
    );
    // Of the other checkpoint; then of itself twice.
    copyFileSync(at('p', '0', 'sample-0001-of-0002.partial'), path);
    await assert.rejects(joined(), wrong(/with another checkpoint/));
    copyFileSync(at('p', '1', 'sample-0000-of-0002.partial'), path);
    await assert.rejects(joined(), wrong(/is damaged or cut off/));
    writeFileSync(path, whole);
    copyFileSync(path, at('p', '1', 'sample-0001-of-0003.partial'));
    await assert.rejects(joined(), wrong(/is of 2 shards and .* of 3: take out those of the other run/));
    rmSync(at('p', '1', 'sample-0001-of-0003.partial'));
    await joined();
    for (const each of readdirSync(at('p', '1'))) rmSync(at('p', '1', each));
    await assert.rejects(joined(), wrong(/no partials of ".*sft" in/));
    mkdirSync(at('elsewhere'));
    renameSync(at('p'), at('elsewhere', 'p'));
    await assert.rejects(joined(), wrong(/no partials of ".*base" in/));
  });
});
