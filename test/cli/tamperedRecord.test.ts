import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '../../src/record/run/runRecord.ts';
import { checkpointFixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/** A record says which checkpoints it is of; one that was tampered with must not commit another. */
describe('committing a record that was tampered with', () => {
  let folder: string;
  let path: string;
  let record: RunRecord;
  const at = (name: string) => join(folder, name);
  const checkpoint = (model: string, side: string) => join(checkpointFixtures, model, side);
  const made = 'tiny-llama-untied-f32';

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tampered-')));
    path = at('a.rejuvenation.json');
    const { exitCode, stderr } = await rejuvenate([
      ...['attribute', '--base', checkpoint(made, 'base'), '--sft', checkpoint(made, 'sft'), '--record', path],
      ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--device', 'cpu', '--top-n', '3'],
    ]);
    assert.equal(exitCode, 0, stderr);
    record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A side of a record that lists some of a folder's files truthfully. */
  function side(path: string, names: readonly string[]): RunRecord['inputs']['base'] {
    const files = names.map((name) => {
      const { size, mtimeMs } = statSync(join(path, name));
      const sha256 = createHash('sha256')
        .update(readFileSync(join(path, name)))
        .digest('hex');
      return { name, bytes: size, modified: new Date(Math.trunc(mtimeMs)).toISOString(), sha256 };
    });
    return { folder: path, files };
  }
  const sides = (model: string, names = ['config.json', 'model.safetensors']) => ({
    ...record.inputs,
    base: side(checkpoint(model, 'base'), names),
    sft: side(checkpoint(model, 'sft'), names),
  });

  const rows: readonly (readonly [name: string, change: () => Partial<RunRecord>, message: RegExp])[] = [
    [
      'names no files',
      () => {
        const { base, sft, calibration } = record.inputs;
        return { inputs: { base: { ...base, files: [] }, sft: { ...sft, files: [] }, calibration } };
      },
      /inputs\.base\.files does not list "config\.json"\.$/,
    ],
    [
      'names another model and its files',
      () => ({ inputs: sides('tiny-qwen2-tied') }),
      /qwen2-tied\/sft" is not the model that the record describes; they differ in "model_type": "qwen2" there, "llama" in the record\./,
    ],
    [
      'describes a model with other positions',
      () => ({ architecture: { ...record.architecture, maxPositions: 7 } }),
      /untied-f32\/sft" is not the model that the record describes; they differ in "max_position_embeddings": \d+ there, 7 in/,
    ],
    [
      'describes a model with another base of rotation',
      () => ({ architecture: { ...record.architecture, ropeTheta: 7 } }),
      /is not the model that the record describes; they differ in "rope_theta": \d+ there, 7 in the record\./,
    ],
    [
      'lists one shard of several',
      () => ({
        ...{ inputs: sides('tiny-qwen3-untied-sharded', ['config.json', 'model-00001-of-00004.safetensors']) },
      }),
      /qwen3-untied-sharded\/sft" is not the model that the record describes/,
    ],
  ];
  for (const [name, change, message] of rows) {
    it(`is refused where it ${name}`, async () => {
      const tampered = at('tampered.rejuvenation.json');
      writeFileSync(at('tampered.rejuvenation.safetensors'), readFileSync(at('a.rejuvenation.safetensors')));
      const arrays = { ...record.arrays, file: 'tampered.rejuvenation.safetensors' };
      writeFileSync(tampered, JSON.stringify({ ...record, arrays, ...change() }));
      const { exitCode, stdout, stderr } = await rejuvenate(['commit', tampered, '--out', at('out')]);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr.trimEnd(), message);
      assert.equal(stdout, '');
      assert.equal(existsSync(at('out')), false);
    });
  }

  it('is refused where it lists not every shard, and its model is the right one', async () => {
    const model = 'tiny-qwen3-untied-sharded';
    const sharded = at('sharded.rejuvenation.json');
    const made = await rejuvenate([
      ...['attribute', '--base', checkpoint(model, 'base'), '--sft', checkpoint(model, 'sft'), '--record', sharded],
      ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--device', 'cpu', '--top-n', '3'],
    ]);
    assert.equal(made.exitCode, 0, made.stderr);
    const whole = JSON.parse(readFileSync(sharded, 'utf8')) as RunRecord;
    const { sft } = whole.inputs;
    const files = sft.files.filter(({ name }) => name !== 'model-00003-of-00004.safetensors');
    writeFileSync(sharded, JSON.stringify({ ...whole, inputs: { ...whole.inputs, sft: { ...sft, files } } }));
    const { exitCode, stderr } = await rejuvenate(['commit', sharded, '--out', at('out')]);
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /sft\/model-00003-of-00004\.safetensors" is no file that the record was made from: attribute again\./,
    );
  });
});
