import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../../src/errors.ts';
import type { PromptRollouts } from '../../../../src/readiness/rollout.ts';
import { logName, logNames, RolloutLog } from '../../../../src/run/readiness/rolloutLog.ts';

const rollouts = (prompt: number): PromptRollouts => ({
  prompt,
  rollouts: [
    {
      text: `a\n${prompt} ü \u2028`,
      tokens: 2,
      stopped: true,
      logProbabilities: Float32Array.of(-0.1, -1e-30),
      entropies: Float32Array.of(0.1, 0),
      reward: 1,
    },
    { text: '', tokens: null, stopped: null, logProbabilities: null, entropies: null, reward: null },
  ],
});

describe('the log of sampled answers', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollouts-'));
    path = join(folder, 'log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (...prompts: number[]) => {
    const log = new RolloutLog(path);
    const before = [...log.restored()];
    for (const prompt of prompts) log.append(rollouts(prompt));
    log.close();
    log.close();
    return before;
  };

  it('gives back what was finished, bit for bit', () => {
    assert.deepEqual(write(3, 0), []);
    assert.deepEqual(write(7), [rollouts(3), rollouts(0)]);
    assert.deepEqual(write(), [rollouts(3), rollouts(0), rollouts(7)]);
  });

  it('cut off or damaged anywhere, gives back the whole lines before, and goes on after them', () => {
    write(0, 1);
    const whole = readFileSync(path);
    const first = whole.indexOf(10) + 1;
    for (const end of [0, 1, 8, first - 1, first, first + 1, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, end));
      const kept = end < first ? [] : [rollouts(0)];
      assert.deepEqual(write(5), kept, `cut at ${end}`);
      assert.deepEqual(write(), [...kept, rollouts(5)]);
    }
    for (const at of [0, 9, 30]) {
      const damaged = Buffer.from(whole);
      damaged[first + at]! ^= 1;
      writeFileSync(path, damaged);
      assert.deepEqual(write(), [rollouts(0)], `damaged at ${at}`);
    }
    writeFileSync(path, Buffer.concat([whole, whole]));
    assert.deepEqual(write(), [rollouts(0), rollouts(1)]);
  });

  it('is no link', () => {
    writeFileSync(join(folder, 'other'), '');
    symlinkSync(join(folder, 'other'), path);
    assert.throws(() => new RolloutLog(path), InputError);
  });

  it('has a name that hangs on all that decides the answers', () => {
    assert.match(logName({ seed: 1 }), logNames);
    assert.notEqual(logName({ seed: 1 }), logName({ seed: 2 }));
  });
});
