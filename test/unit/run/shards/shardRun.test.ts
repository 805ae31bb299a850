import assert from 'node:assert/strict';
import fs, {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { InputError, Interrupted, RunError } from '../../../../src/errors.ts';
import { partialName } from '../../../../src/files/reading/partialName.ts';
import { MergedAdapters } from '../../../../src/merge/mergedAdapters.ts';
import { readRecord } from '../../../../src/record/run/recordFile.ts';
import { type Loaded, load } from '../../../../src/run/attribution/runLoad.ts';
import { attributionRun } from '../../../../src/run/attributionRun.ts';
import { PhaseClock, type RunEvent } from '../../../../src/run/progress/runEvents.ts';
import { mergeShards } from '../../../../src/run/shards/mergeShards.ts';
import { beginShard } from '../../../../src/run/shards/runningShard.ts';
import { type ShardPhase, shardPhases } from '../../../../src/run/shards/shardPlace.ts';
import { type ShardOutcome, shardRun } from '../../../../src/run/shards/shardRun.ts';
import { attributeShard, measureShard } from '../../../../src/run/shards/shardWork.ts';
import { defaultSettings, type RunSettings } from '../../../../src/settings/runSettings.ts';
import { fixtures } from '../../../paths.ts';
import { fastFolder } from '../../../storm/fastFolder.ts';
import { GoldenEngine, type Incident } from '../goldenEngine.ts';

const name = 'tiny-qwen2-tied';
const checkpoints = join(fixtures, 'checkpoints');
const inputs = {
  base: join(checkpoints, name, 'base'),
  sft: join(checkpoints, name, 'sft'),
  calibration: [join(checkpoints, 'tiny-calibration.jsonl')],
};
const settings: RunSettings = { ...defaultSettings, rho: 0.02, topN: 3, memoryBytes: 1e9, threads: 1 };

describe('a run in shards', () => {
  let folder: string;
  let events: RunEvent[];
  const at = (...path: string[]) => join(folder, ...path);
  const record = () => at('a.rejuvenation.json');
  const shards = () => at('shards');
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'shards-'));
    events = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function context(incident?: Incident, cut?: string) {
    const stop = new AbortController();
    const engine = await GoldenEngine.open(name, incident, () => stop.abort());
    if (cut !== undefined) engine.cut = cut;
    const onEvent = (event: RunEvent) => void events.push(event);
    return { engine, signal: stop.signal, onEvent, startEngine: async () => engine };
  }
  interface Asked {
    readonly phase?: ShardPhase;
    readonly change?: Partial<RunSettings>;
    readonly incident?: Incident;
    readonly cut?: string;
    readonly partials?: string;
    readonly scores?: boolean;
  }
  async function shard(
    index: number,
    count: number,
    { phase, change, incident, cut, partials = shards(), scores }: Asked = {},
  ): Promise<ShardOutcome> {
    const options = { inputs, record: record(), settings: { ...settings, ...change }, overwrite: false };
    return shardRun({ ...options, scores, shard: { index, count }, phase, partials }, await context(incident, cut));
  }
  const merge = async (partials = [shards()], keep = false) =>
    mergeShards({ partials, record: record(), overwrite: false, keep }, await context());
  /** What must not hang on how many made it: everything but times and where it lies; arrays by their hash. */
  async function made(path: string): Promise<unknown> {
    const found = (await readRecord(path)).record;
    return {
      ...found,
      run: { ...found.run, started: 0, finished: 0, phases: found.run.phases.map(({ phase }) => phase) },
      arrays: found.arrays.sha256,
      measurements: found.measurements.map((entry) => ({ ...entry, measured: undefined })),
    };
  }
  async function inOne(change: Partial<RunSettings> = {}): Promise<unknown> {
    const path = at('one.rejuvenation.json');
    const outputs = { record: path };
    await attributionRun({ inputs, outputs, settings: { ...settings, ...change }, overwrite: false }, await context());
    return made(path);
  }
  const wrong = (pattern: RegExp) => (error: unknown) => error instanceof InputError && pattern.test(error.message);

  /** What is loaded once, for all shards of many runs. */
  async function loadedFor(change: Partial<RunSettings>): Promise<Loaded> {
    return load(inputs, { ...settings, ...change }, new MergedAdapters(), await context());
  }
  /** All shards of a run, one after the other, phase by phase. */
  async function workedOff(count: number, loaded: Loaded, change: Partial<RunSettings> = {}): Promise<void> {
    mkdirSync(shards());
    const asked = { inputs, record: record(), settings: { ...settings, ...change }, overwrite: false };
    for (const phase of shardPhases) {
      for (let index = count - 1; index >= 0; index--) {
        const { engine, ...own } = await context();
        const options = { ...asked, shard: { index, count }, partials: shards(), started: new Date().toISOString() };
        const running = await beginShard(options, loaded, engine, new PhaseClock(own.onEvent), own.signal);
        await (phase === 'attribution' ? attributeShard(running, own) : measureShard(running, phase, own));
      }
    }
  }

  it('of any number, more than there are samples too, makes the record of one process', async () => {
    const expected = await inOne();
    const loaded = await loadedFor({});
    for (const count of [1, 2, 3, 5, 9]) {
      await workedOff(count, loaded);
      await merge();
      assert.deepEqual(await made(record()), expected, `${count} shards`);
      const left = readdirSync(folder).filter((each) => !each.startsWith('one'));
      assert.deepEqual(left, ['a.rejuvenation.json', 'a.rejuvenation.safetensors']);
      for (const each of left) rmSync(at(each));
    }
  });

  it('that was cut off needs no more room than what is left of it', async () => {
    for (const phase of ['base', 'sft'] as const) await shard(0, 1, { phase });
    const dies = { after: 3, happens: 'death' } as const;
    await assert.rejects(shard(0, 1, { phase: 'attribution', incident: dies }), RunError);
    const attempt = readdirSync(shards()).find((each) => each.includes('.attempt-'))!;
    const { size } = statSync(at('shards', attempt));
    const { statfs } = fs.promises;
    const free = (bytes: number) =>
      Object.assign(fs.promises, { statfs: async () => ({ blocks: 1e9, bavail: bytes, bsize: 1 }) });
    try {
      free(size - 1);
      await assert.rejects(shard(0, 1, { phase: 'attribution' }), wrong(/but this shard's partial needs/));
      free(size);
      await shard(0, 1, { phase: 'attribution' });
    } finally {
      Object.assign(fs.promises, { statfs });
    }
  });

  it("keeps every target's scores, the bytes of one process, and says where some lack", async () => {
    const [one, merged] = [at('one.safetensors'), at('s.safetensors')];
    const outputs = { record: at('one.rejuvenation.json'), scores: one };
    await attributionRun({ inputs, outputs, settings, overwrite: false }, await context());
    for (const index of [0, 1]) for (const phase of ['base', 'sft'] as const) await shard(index, 2, { phase });
    const scored = { phase: 'attribution', scores: true } as const;
    const bare = { phase: 'attribution' } as const;
    const withScores = async (scores?: string, keep = true) =>
      mergeShards({ partials: [shards()], record: record(), scores, overwrite: false, keep }, await context());
    await shard(0, 2, bare);
    const lacks = wrong(/attribution-0000-of-0002\.partial" holds no scores: delete it, and make that shard again/);
    await assert.rejects(shard(1, 2, scored), lacks);
    await assert.rejects(shard(0, 2, scored), lacks);
    await shard(1, 2, bare);
    await assert.rejects(withScores(merged), lacks);
    for (const index of [0, 1]) rmSync(at('shards', partialName({ phase: 'attribution', index, count: 2 })));
    await assert.rejects(shard(1, 2, { ...scored, incident: { after: 1, happens: 'death' } }), RunError);
    await shard(1, 2, scored);
    await assert.rejects(shard(0, 2, bare), wrong(/holds every target's scores/));
    await shard(0, 2, scored);
    await assert.rejects(withScores(), wrong(/holds every target's scores: say with --scores where they are to go/));
    assert.deepEqual(
      readdirSync(shards()).filter((each) => !each.endsWith('.partial')),
      [],
      'what the engine wrote is gone',
    );
    await withScores(merged, false);
    assert.ok(readFileSync(merged).equals(readFileSync(one)));
    const expected = (await made(outputs.record)) as Record<string, unknown>;
    const found = (await made(record())) as Record<string, unknown>;
    // One sample was taken over.
    assert.deepEqual(found, { ...expected, scores: merged, run: found['run'] });
    assert.deepEqual(
      readdirSync(folder).filter((each) => /partial|shards|lock/.test(each)),
      [],
    );
  });

  it('works in a folder that a link leads to, and leaves both', async () => {
    mkdirSync(at('scratch'));
    symlinkSync('scratch', shards());
    await shard(0, 1);
    await merge();
    const left = readdirSync(folder).sort();
    assert.deepEqual(left, ['a.rejuvenation.json', 'a.rejuvenation.safetensors', 'scratch', 'shards']);
    assert.deepEqual(readdirSync(at('scratch')), []);
    assert.deepEqual(
      events.filter(({ type }) => type === 'warning'),
      [],
    );
  });

  it('holds the same samples out', async () => {
    const change = { holdout: 0.4 };
    const expected = await inOne(change);
    await workedOff(3, await loadedFor(change), change);
    await merge();
    assert.deepEqual(await made(record()), expected);
  });

  it('goes on where a shard died or was stopped, and does nothing twice that is there', async () => {
    const expected = await inOne();
    await assert.rejects(shard(0, 1, { incident: { after: 2, happens: 'death' } }), RunError);
    await assert.rejects(shard(0, 1, { incident: { after: 6, happens: 'abort' } }), Interrupted);
    await assert.rejects(shard(0, 1, { incident: { after: 6, happens: 'death' } }), RunError);
    await shard(0, 1);
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'note' && /^Taking up/.test(event.text) ? [event.text] : [])),
      Array<string>(3).fill('Taking up 2 of 6 samples of an attempt before.'),
    );
    const again = await context();
    const options = { inputs, record: record(), settings, overwrite: false, partials: shards() };
    const { parts } = await shardRun({ ...options, shard: { index: 0, count: 1 } }, again);
    assert.deepEqual(
      parts.map(({ before }) => before),
      [true, true, true],
    );
    assert.deepEqual(again.engine.worked, { base: [], sft: [], attribution: [] });
    await merge();
    const found = (await made(record())) as { run: { resumed: unknown } };
    assert.deepEqual(found.run.resumed, { base: 2, sft: 2, attribution: 2 });
    assert.deepEqual({ ...found, run: { ...found.run, resumed: { base: 0, sft: 0, attribution: 0 } } }, expected);
  });

  it('says what is missing, doubled, of another run, damaged, or cut otherwise, and what to do', async () => {
    await assert.rejects(shard(0, 2, { change: { memoryBytes: 0 } }), wrong(/say with --memory SIZE/));
    await assert.rejects(merge(), wrong(/Cannot read|no partials/));
    await shard(0, 2);
    await assert.rejects(
      shard(0, 2, { phase: 'attribution' }),
      wrong(/are not yet base-0001-of-0002\.partial, sft-0001-of-0002\.partial: wait for those shards/),
    );
    await assert.rejects(shard(0, 2, { change: { rho: 0.03 } }), wrong(/is of another run, with another rho: delete/));
    await assert.rejects(
      merge(),
      wrong(/^Missing in ".*shards": base-0001-of-0002\.partial, .*--shard 1\/2 --phase base, and so on\.$/),
    );
    const otherwise = { phase: 'base', cut: 'f'.repeat(64) } as const;
    await assert.rejects(shard(1, 2, otherwise), (error) => {
      return error instanceof RunError && /would be cut in another way than that of ".*base-0000/.test(error.message);
    });
    await shard(1, 2, { ...otherwise, partials: at('others') });
    copyFileSync(at('others', 'base-0001-of-0002.partial'), join(shards(), 'base-0001-of-0002.partial'));
    await assert.rejects(
      shard(1, 2),
      wrong(/base-0001-of-0002\.partial" was cut in another way than that of ".*base-0000/),
    );
    rmSync(join(shards(), 'base-0001-of-0002.partial'));
    await shard(1, 2);
    await shard(0, 2);
    const file = (phase: ShardPhase, index: number) => join(shards(), partialName({ phase, index, count: 2 }));
    copyFileSync(file('sft', 0), at('copy.partial'));
    await assert.rejects(merge([shards(), at('copy.partial')]), wrong(/are the same shard: give one of them alone/));
    await assert.rejects(merge([shards(), inputs.calibration[0]!]), wrong(/is no partial of a run, or damaged/));
    for (const phase of ['base', 'sft', 'attribution'] as const) {
      const whole = readFileSync(file(phase, 1));
      writeFileSync(file(phase, 1), whole.subarray(0, whole.length - 200));
      await assert.rejects(
        merge(),
        wrong(
          new RegExp(`${phase}-0001-of-0002\\.partial" is damaged or cut off: delete it, and make .* --phase ${phase}`),
        ),
      );
      // A whole one of another shard under its name.
      copyFileSync(file(phase, 0), file(phase, 1));
      await assert.rejects(merge(), wrong(/are the same shard/));
      writeFileSync(file(phase, 1), whole);
    }
    // Another number of shards beside them.
    await shard(0, 3, { phase: 'base' });
    await assert.rejects(merge(), wrong(/is of 2 shards and ".*" of 3|is of 3 shards and ".*" of 2/));
    rmSync(join(shards(), 'base-0000-of-0003.partial'));
    // Each file by its name, from anywhere.
    mkdirSync(at('elsewhere'));
    const files = readdirSync(shards()).map((each) => {
      renameSync(join(shards(), each), at('elsewhere', `x-${each}`));
      return at('elsewhere', `x-${each}`);
    });
    await merge(files);
    assert.equal(readdirSync(at('elsewhere')).length, 6);
    assert.deepEqual(
      ((await made(record())) as { arrays: string }).arrays,
      ((await inOne()) as { arrays: string }).arrays,
    );
    await assert.rejects(merge(files), wrong(/exists already: choose another place, or pass --overwrite/));
  });
});
