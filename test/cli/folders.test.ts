import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecordJson } from '../../src/record/run/recordFile.ts';
import { setEnvironment } from '../environment.ts';
import { fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('checkpoints named otherwise than by their folders', () => {
  const tiny = join(fixtures, 'checkpoints', 'tiny-qwen3-tied');
  const calibration = join(fixtures, 'checkpoints', 'tiny-calibration.jsonl');
  let restore: () => void;
  let folder: string;
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'named-')));
    restore = setEnvironment({ HF_HOME: folder });
  });
  afterEach(() => {
    restore();
    rmSync(folder, { recursive: true });
  });

  it('a model of the Hub cache and a step of verl are run, committed and measured by where they lie', async () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const entry = at('hub/models--tiny--qwen3');
    const snapshot = join(entry, 'snapshots', commit);
    cpSync(join(tiny, 'base'), snapshot, { recursive: true });
    mkdirSync(join(entry, 'refs'));
    writeFileSync(join(entry, 'refs/main'), commit);
    const weights = at('run/global_step_8/actor/huggingface');
    cpSync(join(tiny, 'sft'), weights, { recursive: true });
    writeFileSync(at('run/global_step_8/actor/model_world_size_1_rank_0.pt'), '');
    const out = at('out');
    const args = ['--base', 'tiny/qwen3', '--sft', at('run/global_step_8'), '--calibration', calibration];
    const made = await rejuvenate(['run', ...args, '--out', out, '--device', 'cpu']);
    assert.equal(made.exitCode, 0, made.stderr);
    const notes = [
      `"tiny/qwen3" is taken from the Hub cache: "${snapshot}".`,
      `The weights of "${at('run/global_step_8')}" are those in "${weights}".`,
    ];
    for (const note of notes) assert.ok(made.stderr.includes(`note: ${note}`), made.stderr);
    const record = await readRecordJson(at('out.rejuvenation.json'));
    assert.deepEqual([record.inputs.base.folder, record.inputs.sft.folder], [snapshot, weights]);
    assert.deepEqual(record.notes.slice(0, 2), notes);
    const milder = ['commit', at('out.rejuvenation.json'), '--out', at('milder'), '--alpha', '0.7'];
    const committed = await rejuvenate(milder);
    assert.equal(committed.exitCode, 0, committed.stderr);
    const verified = await rejuvenate(['verify', at('out.rejuvenation.json'), 'tiny/qwen3@main', '--device', 'cpu']);
    assert.equal(verified.exitCode, 0, verified.stderr);
    assert.ok(verified.stderr.includes(`note: "tiny/qwen3@main" is taken from the Hub cache: "${snapshot}".`));
  });

  it('a model that was not downloaded is refused with the line that does', async () => {
    const { exitCode, stderr } = await rejuvenate(['diff', 'tiny/qwen3@v1', join(tiny, 'sft')]);
    assert.equal(exitCode, 2);
    assert.equal(
      stderr.trimEnd(),
      `error: "tiny/qwen3" at "v1" is no folder, and as a model of the Hub it is not in the cache "${at('hub')}"; download it first: hf download tiny/qwen3 --revision v1`,
    );
  });
});
