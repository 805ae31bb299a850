import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../../../src/errors.ts';
import { release, reserveAside } from '../../../../src/files/writing/aside.ts';
import { readReadiness } from '../../../../src/record/readiness/readinessFile.ts';
import { defaultCalibrationSettings } from '../../../../src/settings/calibrationSettings.ts';
import { defaultSettings } from '../../../../src/settings/runSettings.ts';
import { base, sft, usingWatch } from './usingWatch.ts';

const shard = 'model-00003-of-00004.safetensors';

describe('watch', () => {
  const made = usingWatch();
  const nothing = () => {};

  it('measures each step of a growing folder once, in the order of the steps, and the base with the first', async () => {
    made.step('checkpoint-200');
    made.step('checkpoint-30');
    const { rows, measured } = await made.follow({ base }, [
      nothing,
      () => made.step('checkpoint-1000'),
      () => mkdirSync(join(made.folder, 'runs')),
      nothing,
      () => made.step('checkpoint-1200'),
      nothing,
      nothing,
    ]);
    const expected = ['base', 'checkpoint-30', 'checkpoint-200', 'checkpoint-1000', 'checkpoint-1200'];
    assert.deepEqual(rows, expected);
    assert.deepEqual(measured.slice(1), expected.slice(1));
    const record = await readReadiness(made.out);
    assert.deepEqual(
      record.rows.map(({ name, isBase, checkpoint }) => [name, isBase, checkpoint!.step]),
      expected.map((name) => [name, name === 'base', name === 'base' ? undefined : Number(name.split('-')[1])]),
    );
    // What `readiness` would tell: the engine's figures over all response tokens.
    const [, first, second] = record.rows;
    assert.deepEqual(first!.training, second!.training);
    assert.equal(record.teacherForced!.training!.samples, 6);
    assert.ok(Math.abs(first!.training!.negativeLogLikelihood - first!.training!.entropy - 1) < 1e-5);
  });

  it('goes on after it was stopped or killed, and measures nothing twice', async () => {
    for (const step of [1, 2, 3]) made.step(`global_step_${step}`);
    // Stopped in the midst of the second step: six samples to each.
    const stopped = await made.follow({}, [nothing, nothing, nothing], { after: 3, happens: 'abort' });
    assert.deepEqual([stopped.watch, stopped.rows], [undefined, []]);
    assert.equal(existsSync(made.out), false);
    const first = await made.follow({ until: 1 }, [nothing, nothing]);
    assert.deepEqual(first.rows, ['global_step_1']);
    const before = readFileSync(made.out, 'utf8');
    // As a killed one leaves it: staged, not yet in its place.
    const staged = reserveAside(made.out, 'staging');
    release(staged);
    writeFileSync(staged, before.slice(0, 99));
    const second = await made.follow({}, [nothing, nothing]);
    assert.deepEqual(second.measured, ['global_step_2', 'global_step_3']);
    assert.equal(existsSync(staged), false);
    const third = await made.follow({}, [nothing, nothing]);
    assert.deepEqual(third.measured, []);
    assert.deepEqual(
      (await readReadiness(made.out)).rows.map(({ name }) => name),
      ['global_step_1', 'global_step_2', 'global_step_3'],
    );
  });

  it('writes an event file a step for TensorBoard, and after a kill those that are missing', async () => {
    const tensorboard = join(made.folder, '../events');
    for (const step of [1, 20]) made.step(`checkpoint-${step}`);
    await made.follow({ base, tensorboard }, [nothing]);
    const [first, second] = ['000000000000001.checkpoint-1', '000000000000020.checkpoint-20'].map(
      (name) => `events.out.tfevents.${name}`,
    );
    assert.deepEqual(readdirSync(tensorboard).sort(), ['base', 'run']);
    assert.deepEqual(readdirSync(join(tensorboard, 'run')).sort(), [first, second]);
    const bytes = readFileSync(join(tensorboard, 'run', second!));
    rmSync(join(tensorboard, 'run', second!));
    const again = await made.follow({ base, tensorboard }, [nothing]);
    assert.deepEqual(again.measured, []);
    assert.deepEqual(readFileSync(join(tensorboard, 'run', second!)), bytes);
    assert.match(
      bytes.toString('latin1'),
      /brain\.Event:2.*training\/entropy.*training\/nll.*training\/top1.*training\/confident/s,
    );
  });

  it('leaves a step alone that is still being written, however it is written', async () => {
    const path = made.step('checkpoint-5');
    const bytes = readFileSync(join(sft, shard));
    const place = join(path, shard);
    let time = 1_700_000_000;
    const written = (content: Uint8Array) => {
      writeFileSync(place, content);
      utimesSync(place, ++time, time);
    };
    rmSync(place);
    const { rows, said } = await made.follow({}, [
      // Without one shard; then cut; then as long as it will be, with zeros where content is still to come.
      nothing,
      () => written(bytes.subarray(0, 5000)),
      nothing,
      () => written(Buffer.concat([bytes.subarray(0, 5000), Buffer.alloc(bytes.length - 5000)])),
      () => written(Buffer.concat([bytes.subarray(0, 9000), Buffer.alloc(bytes.length - 9000)])),
      () => assert.equal(existsSync(made.out), false),
    ]);
    assert.deepEqual(rows, ['checkpoint-5']);
    const warnings = said.filter((text) => text.startsWith('Step'));
    assert.equal(warnings.length, 2, said.join('\n'));
    assert.match(warnings[0]!, /^Step "checkpoint-5" is left out: .*half-written: of the 4 shards .* 1 is missing/);
    assert.match(warnings[1]!, /is truncated/);
  });

  it('takes no folder for a step before its name is a step’s, and none that goes while it waits', async () => {
    made.step('tmp-checkpoint-7');
    made.step('checkpoint-6');
    const { rows } = await made.follow({}, [
      () => rmSync(join(made.folder, 'checkpoint-6'), { recursive: true }),
      nothing,
      () => renameSync(join(made.folder, 'tmp-checkpoint-7'), join(made.folder, 'checkpoint-7')),
      nothing,
      nothing,
    ]);
    assert.deepEqual(rows, ['checkpoint-7']);
    // Deleted by the trainer later, it keeps its row.
    rmSync(join(made.folder, 'checkpoint-7'), { recursive: true });
    made.step('checkpoint-8');
    await made.follow({}, [nothing, nothing]);
    assert.deepEqual(
      (await readReadiness(made.out)).rows.map(({ name }) => name),
      ['checkpoint-7', 'checkpoint-8'],
    );
  });

  it('measures a step anew that was written anew, in place of its row', async () => {
    const path = made.step('checkpoint-9');
    const { rows } = await made.follow({}, [
      nothing,
      () => {
        truncateSync(join(path, shard), 100);
      },
      nothing,
      () => cpSync(sft, path, { recursive: true }),
      nothing,
      nothing,
    ]);
    assert.deepEqual(rows, ['checkpoint-9', 'checkpoint-9']);
    const record = await readReadiness(made.out);
    assert.equal(record.rows.length, 1);
    assert.ok(record.notes.includes('"checkpoint-9" was written anew, and measured anew.'));
  });

  it('measures a step once whose time of change is a whole millisecond for whoever rounds', async function () {
    // Only there does touch set nanoseconds.
    if (process.platform !== 'linux') this.skip();
    const path = made.step('checkpoint-9');
    execFileSync('touch', ['-d', '@1795773600.123999950', join(path, shard)]);
    const { rows } = await made.follow({}, [nothing, nothing, nothing, nothing]);
    assert.deepEqual(rows, ['checkpoint-9']);
  });

  it('ends with --once when what is there is measured, and names what is not yet whole or cannot be measured', async () => {
    made.step('checkpoint-1');
    mkdirSync(join(made.folder, 'checkpoint-2'));
    const growing = made.step('checkpoint-3');
    const { watch, rows, said } = await made.follow({ once: true }, [() => writeFileSync(join(growing, 'a'), 'a')]);
    assert.deepEqual(rows, ['checkpoint-1']);
    assert.deepEqual(watch!.failed, ['checkpoint-2']);
    assert.ok(said.includes('"checkpoint-3" is still being written, and is left for another time.'), said.join('\n'));
    rmSync(made.out);
    rmSync(made.folder, { recursive: true });
    mkdirSync(made.folder);
    assert.deepEqual((await made.follow({ once: true })).watch, { path: undefined, record: undefined, failed: [] });
  });

  it('finds the weights inside a step, and goes on after an engine died', async () => {
    made.step('global_step_4/actor/huggingface');
    made.step('global_step_8/actor/huggingface');
    // The engine of each step gives four of six samples.
    const died = await made.follow({}, [nothing, nothing], { after: 4, happens: 'death' });
    assert.deepEqual([died.rows, died.measured.length], [[], 2]);
    assert.equal(died.said.filter((text) => /is left out: The engine process was ended/.test(text)).length, 2);
    assert.deepEqual((await made.follow({}, [nothing, nothing])).rows, ['global_step_4', 'global_step_8']);
  });

  it('refuses to go on with a record of something else, and what cannot be watched', async () => {
    made.step('checkpoint-1');
    await made.follow({}, [nothing]);
    const before = readFileSync(made.out);
    const refused = (own: Parameters<typeof made.follow>[0], message: RegExp) =>
      assert.rejects(made.follow(own), (error: unknown) => error instanceof InputError && message.test(error.message));
    await refused({ base }, /cannot be gone on with: it has no base/);
    const lines = { training: [], heldOut: [join(made.folder, '../b.jsonl')] };
    writeFileSync(lines.heldOut[0]!, '{"prompt": "a", "response": "b"}\n');
    const reading = { ...defaultSettings, ...defaultCalibrationSettings };
    await refused({ lines: { ...lines, reading } }, /it has other training lines/);
    await refused({ lines: { training: [], heldOut: [], reading } }, /nothing to measure on/);
    await refused({ every: 0 }, /--every must lie above 0/);
    await refused({ once: true, until: 3 }, /give one of them/);
    await refused({ folder: join(made.folder, 'nowhere') }, /There is no folder/);
    await refused({ out: join(made.folder, 'checkpoint-1/a.readiness.json') }, /would lie in a step's folder/);
    assert.deepEqual(readFileSync(made.out), before);
    // A step with another tokenizer is none of this training; where there is no other step, it is the user's affair.
    const other = join(made.folder, 'checkpoint-2');
    made.step('checkpoint-2');
    writeFileSync(join(other, 'tokenizer.json'), '{}');
    const { said } = await made.follow({}, [nothing, nothing]);
    assert.match(said.at(-1)!, /^Step "checkpoint-2" is left out: .*tokenizer/);
    assert.deepEqual(readFileSync(made.out), before);
    rmSync(made.out);
    rmSync(join(made.folder, 'checkpoint-1'), { recursive: true });
    await assert.rejects(made.follow({}, [nothing, nothing]), InputError);
  });
});
