import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../src/record/run/runRecord.ts';
import { fixtures, sampleFolder } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

interface Measured {
  readonly name: string;
  readonly all: { readonly entropy: number };
  readonly targets: { readonly entropy: number };
}

/** The record without what must differ between two runs: times, plans and what was taken up. */
function lasting(record: RunRecord): unknown {
  const measurements = record.measurements.map((entry) => ({ ...entry, measured: undefined }));
  return { ...record, run: undefined, arrays: undefined, engine: { ...record.engine, plans: undefined }, measurements };
}

/** Every tensor of a checkpoint, whatever its sharding. */
async function tensorsOf(folder: string): Promise<Map<string, string>> {
  const { shards } = await openCheckpoint(folder);
  const tensors = new Map<string, string>();
  for (const { path } of shards) {
    for (const [name, { dtype, shape, data }] of await readSafetensors(path)) {
      tensors.set(name, `${dtype} ${shape.join('x')} ${Buffer.from(data).toString('base64')}`);
    }
  }
  return tensors;
}

describe('the command line, end to end', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cli-')));
  });
  after(() => rmSync(folder, { recursive: true }));

  describe('on a sharded Qwen3', () => {
    const name = 'tiny-qwen3-untied-sharded';
    const checkpoint = (which: string) => join(fixtures, 'checkpoints', name, which);
    const golden = JSON.parse(readFileSync(join(fixtures, 'goldens', name, 'golden.json'), 'utf8')) as {
      readonly reset_neurons: number;
      readonly rec_err_max: number;
      readonly summary: Readonly<Record<string, Readonly<Record<'entropy_all' | 'entropy_targets', number>>>>;
    };
    const near = (value: number, expected: number) =>
      assert.ok(Math.abs(value - expected) < 1e-4, `${value} is not ${expected}`);

    it('runs all phases and prints one JSON document', async () => {
      const { exitCode, stdout, stderr } = await rejuvenate([
        ...['run', '--base', checkpoint('base'), '--sft', checkpoint('sft')],
        ...['--calibration', join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), '--out', at('out')],
        ...['--rho', '0.02', '--top-n', '3', '--device', 'cpu', '--scores', at('scores.safetensors'), '--json'],
      ]);
      assert.equal(exitCode, 0, stderr);
      const result = JSON.parse(stdout) as {
        readonly record: string;
        readonly settings: { readonly rho: number };
        readonly measurements: readonly Measured[];
        readonly reset: { readonly neurons: number };
        readonly reconstruction: { readonly maxError: number };
        readonly selectedTokens: readonly { readonly text: string; readonly count: number }[];
        readonly checkpoints: readonly { readonly folder: string; readonly alpha: number; readonly rho: number }[];
      };
      assert.equal(result.record, at('out.rejuvenation.json'));
      assert.deepEqual(
        result.checkpoints.map(({ folder: out, alpha, rho }) => [out, alpha, rho]),
        [[at('out'), 0.5, 0.02]],
      );
      assert.equal(result.reset.neurons, golden.reset_neurons);
      assert.ok(result.reconstruction.maxError < 1e-4);
      for (const which of ['base', 'sft']) {
        const measured = result.measurements.find((entry) => entry.name === which)!;
        near(measured.all.entropy, golden.summary[which]!.entropy_all);
        near(measured.targets.entropy, golden.summary[which]!.entropy_targets);
      }
      assert.equal(
        result.selectedTokens.reduce((sum, { count }) => sum + count, 0),
        18,
      );
      assert.deepEqual(readdirSync(folder).sort(), [
        'out',
        'out.rejuvenation.json',
        'out.rejuvenation.safetensors',
        'scores.safetensors',
      ]);
      for (const phase of ['load', 'base entropy', 'SFT entropy', 'attribution', 'rank', 'fuse', 'write', 'check']) {
        assert.match(stderr, new RegExp(`^${phase}: [0-9.]+ s$`, 'm'));
      }
    });

    it('wrote the golden checkpoint, bit for bit', async () => {
      const expected = new Map<string, string>();
      for (const [tensor, { dtype, shape, data }] of await readSafetensors(
        join(fixtures, 'goldens', name, 'rejuvenated.safetensors'),
      )) {
        expected.set(tensor, `${dtype} ${shape.join('x')} ${Buffer.from(data).toString('base64')}`);
      }
      assert.deepEqual(new Map([...(await tensorsOf(at('out')))].sort()), new Map([...expected].sort()));
    });

    it('wrote a model card with its figure, and lists both with their hashes', () => {
      const { files } = JSON.parse(readFileSync(at('out/rejuvenation.json'), 'utf8')) as {
        readonly files: readonly { readonly name: string; readonly sha256: string }[];
      };
      for (const name of ['README.md', 'rejuvenation-reset.svg']) {
        const sha256 = createHash('sha256')
          .update(readFileSync(at(`out/${name}`)))
          .digest('hex');
        assert.equal(files.find((file) => file.name === name)?.sha256, sha256);
      }
      assert.ok(readFileSync(at('out/README.md'), 'utf8').includes(`Then ${golden.reset_neurons} neurons`));
    });

    it('commits the same record again, for another alpha and without a reset', async () => {
      const record = at('out.rejuvenation.json');
      const { exitCode, stdout, stderr } = await rejuvenate([
        'commit',
        record,
        '--out',
        at('fused'),
        '--rho',
        '0',
        '--json',
      ]);
      assert.equal(exitCode, 0, stderr);
      const result = JSON.parse(stdout) as { readonly reset: unknown; readonly checkpoint: { readonly rho: number } };
      assert.equal(result.reset, null);
      assert.equal(result.checkpoint.rho, 0);
      const copy = await rejuvenate(['commit', record, '--out', at('copy'), '--rho', '0', '--alpha', '1']);
      assert.equal(copy.exitCode, 0, copy.stderr);
      assert.deepEqual(await tensorsOf(at('copy')), await tensorsOf(checkpoint('sft')));
      assert.deepEqual(
        (await readRecord(record)).record.checkpoints.map(({ folder: out }) => out),
        [at('out'), at('fused'), at('copy')],
      );
    });

    it('refuses a rho beyond the record', async () => {
      const { exitCode, stderr } = await rejuvenate([
        ...['commit', at('out.rejuvenation.json'), '--out', at('more'), '--rho', '0.06'],
      ]);
      assert.equal(exitCode, 2);
      assert.match(stderr, /rho is 0\.06, but the record holds ranks up to rho-max 0\.05: attribute again/);
      assert.equal(existsSync(at('more')), false);
    });

    it('verifies fused and rejuvenated against the golden, and saves them', async () => {
      const { exitCode, stdout, stderr } = await rejuvenate([
        ...['verify', at('out.rejuvenation.json'), at('fused'), at('out'), '--device', 'cpu', '--save', '--json'],
      ]);
      assert.equal(exitCode, 0, stderr);
      const { measurements } = JSON.parse(stdout) as { readonly measurements: readonly Measured[] };
      assert.deepEqual(
        measurements.map((entry) => entry.name),
        ['base', 'sft', 'fused', 'out'],
      );
      for (const [position, which] of ['base', 'sft', 'fused', 'rejuvenated'].entries()) {
        near(measurements[position]!.all.entropy, golden.summary[which]!.entropy_all);
        near(measurements[position]!.targets.entropy, golden.summary[which]!.entropy_targets);
      }
      const { record } = await readRecord(at('out.rejuvenation.json'));
      assert.equal(record.measurements.length, 4);
    });

    it('replaces a measurement of the same checkpoint', async () => {
      const args = ['verify', at('out.rejuvenation.json'), at('out'), '--device', 'cpu', '--save'];
      const { exitCode, stdout } = await rejuvenate(args);
      assert.equal(exitCode, 0);
      assert.match(stdout, /Saved into .*out\.rejuvenation\.json/);
      assert.equal((await readRecord(at('out.rejuvenation.json'))).record.measurements.length, 4);
    });

    it('refuses to verify a checkpoint with another tokenizer', async () => {
      const { exitCode, stderr } = await rejuvenate([
        ...['verify', at('out.rejuvenation.json'), join(sampleFolder, 'base'), '--device', 'cpu'],
      ]);
      assert.equal(exitCode, 2);
      assert.match(stderr, /has another tokenizer than the record: token \d+ is .* there, .* in the record\./);
    });

    it('shows the record', async () => {
      const { exitCode, stdout, stderr } = await rejuvenate(['show', at('out.rejuvenation.json')]);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /│ rejuvenated|│ out /);
      assert.match(stdout, /Neurons reset, by layer and module:/);
      assert.match(stdout, /Most selected tokens:/);
      assert.match(stdout, /Reconstruction error of the target logits: at most/);
    });
  });

  describe('interrupted', () => {
    const calibration = () => at('long.jsonl');
    const attribute = (record: string) => [
      ...['attribute', '--base', join(sampleFolder, 'base'), '--sft', join(sampleFolder, 'sft-over')],
      ...['--calibration', calibration(), '--record', at(record), '--rho', '0.001', '--device', 'cpu'],
    ];
    before(() => {
      const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').trim().split('\n');
      writeFileSync(calibration(), lines.slice(0, 24).join('\n'));
    });

    for (const [phase, line, signal] of [
      ['device', /^device: /, 'SIGINT'],
      ['SFT entropy', /^SFT entropy: [0-9.]+ s$/, 'SIGTERM'],
    ] as const) {
      it(`by ${signal} after "${phase}" leaves no record, and goes on from there`, async () => {
        const name = `${signal}.rejuvenation.json`;
        const stopped = await rejuvenate(attribute(name), undefined, { at: { line, signal } });
        assert.equal(stopped.exitCode, 130, stopped.stderr);
        assert.match(stopped.stderr, /Interrupted\. What was finished is kept: run the same command again/);
        assert.equal(stopped.stdout, '');
        assert.equal(existsSync(at(name)), false);
        assert.equal(existsSync(at(`${signal}.rejuvenation.partial`)), true);

        const resumed = await rejuvenate(attribute(name));
        assert.equal(resumed.exitCode, 0, resumed.stderr);
        if (phase === 'SFT entropy') {
          assert.match(resumed.stderr, /note: Taking up an unfinished run: base measured on 24 of 24 samples/);
        }
        assert.equal(existsSync(at(`${signal}.rejuvenation.partial`)), false);
        if (!existsSync(at('whole.rejuvenation.json'))) {
          const whole = await rejuvenate(attribute('whole.rejuvenation.json'));
          assert.equal(whole.exitCode, 0, whole.stderr);
        }
        const [one, other] = [await readRecord(at(name)), await readRecord(at('whole.rejuvenation.json'))];
        assert.deepEqual(lasting(one.record), lasting(other.record));
        assert.equal(one.record.arrays.sha256, other.record.arrays.sha256);
      });
    }
  });
});
