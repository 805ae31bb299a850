import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../../../../src/cli/commands/program.ts';
import { InputError } from '../../../../src/errors.ts';
import { readSweep } from '../../../../src/record/sweep/sweepFile.ts';
import type { SweepRecord } from '../../../../src/record/sweep/sweepRecord.ts';
import { encodeFrame, encodeJson, frameKinds } from '../../../../src/run/shards/file/frames.ts';
import { readShardHeader } from '../../../../src/run/shards/file/shardFile.ts';
import { useSweepHome, withoutSeconds } from './sweepHome.ts';
import { WeightEngine } from './weightEngine.ts';

/* A sweep in shards, by its own command line: what each leaves, and how they are joined. */

describe('a sweep in shards', () => {
  const home = useSweepHome();
  const at = (name: string) => join(home.folder, name);
  const partial = (index: number, count = 3) => at(`s.sweep.shards/sweep-000${index}-of-000${count}.partial`);
  const grid = ['--alpha', '0.4,0.6', '--rho', '0.005,0.02', '--controls', 'fusion,drift'];

  async function run(command: string, words: readonly string[], engine?: WeightEngine): Promise<void> {
    const startEngine = async () => engine ?? assert.fail('an engine was started');
    const told = { ...home.context(new WeightEngine()), startEngine, print() {}, say() {} };
    const program = buildProgram(told, () => assert.fail('devices were probed'));
    await program.parseAsync([command, ...words], { from: 'user' });
  }
  const sweep = (words: readonly string[], engine?: WeightEngine) =>
    run('sweep', [home.record, ...grid, '--memory', '1GB', '--threads', '1', ...words], engine);
  const shard = (index: number, engine = new WeightEngine(), ...more: string[]) =>
    sweep(['--out', at('s.sweep.json'), '--shard', `${index}/3`, ...more], engine);
  const facts = async (name: string): Promise<unknown> => {
    const record: SweepRecord = await readSweep(at(name));
    return { ...record, created: '', points: withoutSeconds(record.points) };
  };
  const wrong = (pattern: RegExp) => (error: unknown) => error instanceof InputError && pattern.test(error.message);

  it('gives the record of one process, also where a shard died on the way', async () => {
    await sweep(['--out', at('one.sweep.json')], new WeightEngine());
    const dying = new WeightEngine((_, before) => {
      if (before === 2) throw new Error('lost');
    });
    await assert.rejects(shard(1, dying), /lost/);
    const rest = new WeightEngine();
    await shard(1, rest);
    assert.equal(rest.measured.length, 2, 'of four points two are finished and taken over');
    await shard(2);
    await shard(0);
    await sweep(['--out', at('j.sweep.json'), '--partials', at('s.sweep.shards'), '--csv', at('j.csv')]);
    assert.ok(readFileSync(at('j.csv'), 'utf8').startsWith('alpha,'));
    await run('merge', ['--record', at('s.sweep.json')]);
    const whole = await facts('one.sweep.json');
    assert.deepEqual(await facts('j.sweep.json'), whole);
    assert.deepEqual(await facts('s.sweep.json'), whole);
    assert.equal(existsSync(at('s.sweep.shards')), false);
  });

  it('names partials that are missing, damaged, doubled or foreign', async () => {
    const join = (...words: string[]) =>
      sweep(['--out', at('s.sweep.json'), '--partials', at('s.sweep.shards'), ...words]);
    await assert.rejects(join(), wrong(/no partials of a sweep in .*run all shards first/));
    await shard(0);
    await shard(2);
    await assert.rejects(join(), wrong(/sweep-0001-of-0003\.partial" is missing: run that shard with --shard 1\/3\.$/));
    await assert.rejects(
      shard(1, undefined, '--csv', at('c.csv')),
      wrong(/^--csv and --figure are of the whole sweep/),
    );
    await assert.rejects(shard(1, undefined, '--alpha', '0.4'), wrong(/is of another run, with another points/));
    await shard(1);
    const whole = readFileSync(partial(1));
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 30), Buffer.alloc(0)]) {
      writeFileSync(partial(1), bytes);
      await assert.rejects(join(), wrong(/sweep-0001-of-0003\.partial" is (damaged|no partial)/), `${bytes.length}`);
    }
    copyFileSync(partial(0), partial(1));
    await assert.rejects(join(), wrong(/sweep-0001-of-0003\.partial" is damaged/));
    writeFileSync(partial(1), whole);
    copyFileSync(partial(1), partial(1, 4));
    await assert.rejects(join(), wrong(/is of 3 shards and .* of 4: take out those of the other sweep/));
    rmSync(partial(1, 4));
    await assert.rejects(join('--alpha', '0.4'), wrong(/is of another run, with another points/));
    // A partial says how the others were asked for, and may not say more.
    const header = await readShardHeader(partial(0));
    for (const word of ['--slurm', '--csv=c.csv', '--grader-command=x', '--nothing', 'words']) {
      const words = [word, ...header.asked!.words];
      const frame = encodeFrame(frameKinds.header, encodeJson({ ...header, asked: { ...header.asked!, words } }));
      writeFileSync(partial(0), Buffer.concat(frame));
      await assert.rejects(
        run('merge', ['--record', at('s.sweep.json')]),
        wrong(/which is not taken from a file/),
        word,
      );
    }
    const elsewhere = { ...header, asked: { ...header.asked!, folder: home.folder } };
    writeFileSync(partial(0), Buffer.concat(encodeFrame(frameKinds.header, encodeJson(elsewhere))));
    await assert.rejects(run('merge', ['--record', at('s.sweep.json')]), wrong(/^The shards were asked for in/));
  });
});
