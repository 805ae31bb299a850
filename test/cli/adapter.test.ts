import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { MergedAdapters } from '../../src/merge/mergedAdapters.ts';
import { readStoppedRun } from '../../src/run/resume/stoppedRun.ts';
import { setEnvironment } from '../environment.ts';
import { checkpointFixtures, fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/* A LoRA adapter as the SFT checkpoint, held to the same commands on the folder that peft would merge it into. */

const name = 'tiny-qwen3-untied-sharded';
const base = join(checkpointFixtures, name, 'base');
const lora = join(fixtures, 'lora', 'all-linear');
const weights = /^(model.*|config\.json|tokenizer\.json|generation_config\.json)$/;

describe('a LoRA adapter as the SFT checkpoint', () => {
  let folder: string;
  let restore: () => void;
  const at = (path: string) => join(folder, path);
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'adapter-')));
    for (const each of ['tmp', 'merged']) mkdirSync(at(each));
    restore = setEnvironment({ TMPDIR: at('tmp') });
    cpSync(lora, at('lora'), { recursive: true });
    // The unit tests hold these bytes to peft's.
    const adapters = new MergedAdapters();
    const context = { signal: new AbortController().signal, onNote: () => undefined, onProgress: () => undefined };
    const { merged } = await adapters.open(at('lora'), await openCheckpoint(base), context);
    for (const each of readdirSync(merged!.place)) {
      if (!each.startsWith('.')) cpSync(join(merged!.place, each), at(`merged/${each}`));
    }
    await adapters.close();
    const lines = readFileSync(join(checkpointFixtures, 'tiny-calibration.jsonl'), 'utf8').trim();
    writeFileSync(at('pairs.jsonl'), `${lines}\n`.repeat(20));
  });
  after(() => {
    restore();
    rmSync(folder, { recursive: true });
  });

  const run = (sft: string, out: string, command = 'run') => [
    ...[command, '--base', base, '--sft', at(sft), '--calibration', at('pairs.jsonl'), '--device', 'cpu'],
    ...['--rho', '0.02', '--top-n', '3'],
    ...(command === 'run' ? ['--out', at(out)] : ['--record', at(`${out}.rejuvenation.json`)]),
  ];
  const sha256s = (out: string) => {
    const { files } = JSON.parse(readFileSync(at(`${out}/rejuvenation.json`), 'utf8')) as {
      readonly files: readonly { readonly name: string; readonly sha256: string }[];
    };
    return files.filter((file) => weights.test(file.name)).map((file) => [file.name, file.sha256]);
  };
  const arrays = (out: string) => readFileSync(at(`${out}.rejuvenation.safetensors`));
  const json = (path: string) =>
    JSON.parse(readFileSync(at(path), 'utf8')) as {
      readonly inputs: {
        readonly sft: { readonly folder: string; readonly files: readonly { name: string }[]; adapter?: unknown };
      };
      readonly measurements: readonly { readonly name: string; readonly folder: string }[];
    };

  it('gives the record and the checkpoint of the merged folder, and says so', async () => {
    const adapter = await rejuvenate(run('lora', 'a'));
    assert.equal(adapter.exitCode, 0, adapter.stderr);
    assert.ok(adapter.stderr.includes(`note: "${at('lora')}" is a LoRA adapter: it is merged into the base "${base}"`));
    assert.equal(adapter.stderr.match(/is a LoRA adapter/g)?.length, 1);
    assert.deepEqual(readdirSync(at('tmp')), []);
    const merged = await rejuvenate(run('merged', 'm'));
    assert.equal(merged.exitCode, 0, merged.stderr);
    assert.ok(arrays('a').equals(arrays('m')));
    assert.deepEqual(sha256s('a'), sha256s('m'));
    assert.equal(sha256s('a').length, 8);
    for (const file of ['a.rejuvenation.json', 'a/rejuvenation.json']) {
      const { sft } = json(file).inputs;
      assert.equal(sft.folder, at('lora'));
      assert.deepEqual(
        sft.files.map((each) => each.name),
        ['adapter_model.safetensors', 'adapter_config.json'],
      );
      assert.deepEqual(sft.adapter, { kind: 'LoRA', mergedInto: base });
    }
    assert.equal(json('a.rejuvenation.json').measurements[1]!.folder, at('lora'));
  });

  it('is merged again by a commit from the record', async () => {
    for (const each of ['a', 'm']) {
      const made = await rejuvenate([
        ...['commit', at(`${each}.rejuvenation.json`), '--out', at(`${each}-again`), '--alpha', '1', '--rho', '0'],
        // The same bytes, whoever writes them.
        ...(each === 'a' ? ['--workers', '2'] : []),
      ]);
      assert.equal(made.exitCode, 0, made.stderr);
    }
    assert.deepEqual(sha256s('a-again'), sha256s('m-again'));
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('is measured and compared as the merged folder is', async () => {
    const record = at('a.rejuvenation.json');
    const table = async (sft: string) => {
      const { stdout, exitCode, stderr } = await rejuvenate(['verify', record, at(sft), '--device', 'cpu', '--json']);
      assert.equal(exitCode, 0, stderr);
      const { measurements } = JSON.parse(stdout) as { readonly measurements: readonly { readonly all: unknown }[] };
      return measurements.at(-1)!.all;
    };
    assert.deepEqual(await table('lora'), await table('merged'));
    const diff = async (sft: string) => {
      const made = await rejuvenate(['diff', base, at(sft), '--record', at(`${sft}.comparison.json`)]);
      assert.equal(made.exitCode, 0, made.stderr);
      const text = readFileSync(at(`${sft}.comparison.json`), 'utf8');
      return JSON.parse(text) as {
        readonly differences: unknown;
        readonly notes: readonly string[];
        readonly checkpoints: readonly { readonly mergedInto?: string; readonly files: readonly { name: string }[] }[];
      };
    };
    const adapter = await diff('lora');
    assert.deepEqual(adapter.differences, (await diff('merged')).differences);
    assert.match(adapter.notes[0]!, /is a LoRA adapter/);
    assert.equal(adapter.checkpoints[1]!.mergedInto, base);
    assert.equal(adapter.checkpoints[1]!.files[0]!.name, 'adapter_model.safetensors');
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('goes on after a kill with what was finished, and clears away what the kill left', async () => {
    // When that phase is done: a line before tells how far it is where it takes long.
    const killing = { line: /^base entropy: [0-9.]+ s$/, signal: 'SIGKILL' } as const;
    const killed = await rejuvenate(run('lora', 'k', 'attribute'), undefined, { at: killing });
    assert.equal(killed.exitCode, null, killed.stderr);
    assert.equal(readdirSync(at('tmp')).length, 1);
    // What Resume in VS Code goes by.
    const stopped = await readStoppedRun(at('k.rejuvenation.partial'));
    assert.deepEqual([stopped.inputs.base, stopped.inputs.sft], [base, at('lora')]);
    const resumed = await rejuvenate(run('lora', 'k', 'attribute'));
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    assert.match(resumed.stderr, /note: Taking up an unfinished run: base measured on 120 of 120 samples/);
    assert.deepEqual(readdirSync(at('tmp')), []);
    assert.ok(arrays('k').equals(arrays('a')));
  });

  it('may be named as a model of the Hub, and lie beside full weights, which are then taken', async () => {
    const snapshot = `hub/models--org--tuned/snapshots/${'0'.repeat(40)}`;
    mkdirSync(at('hub/models--org--tuned/refs'), { recursive: true });
    writeFileSync(at('hub/models--org--tuned/refs/main'), '0'.repeat(40));
    cpSync(at('lora'), at(snapshot), { recursive: true });
    for (const each of ['merged', 'lora']) cpSync(at(each), at('both'), { recursive: true });
    const forget = setEnvironment({ HF_HUB_CACHE: at('hub') });
    try {
      const { exitCode, stderr } = await rejuvenate(['diff', base, 'org/tuned']);
      assert.equal(exitCode, 0, stderr);
      assert.ok(stderr.includes(`"org/tuned" is taken from the Hub cache: "${at(snapshot)}".`));
      assert.ok(stderr.includes(`"${at(snapshot)}" is a LoRA adapter: it is merged into the base "${base}"`));
    } finally {
      forget();
    }
    const { exitCode, stderr } = await rejuvenate(['diff', base, at('both')]);
    assert.equal(exitCode, 0, stderr);
    assert.ok(stderr.includes(`"${at('both')}" holds a LoRA adapter beside full weights: the weights are used`));
    assert.ok(!stderr.includes('is a LoRA adapter'));
  });

  it('is known by its own files: another one is refused', async () => {
    const record = at('a.rejuvenation.json');
    const config = readFileSync(at('lora/adapter_config.json'), 'utf8');
    writeFileSync(at('lora/adapter_config.json'), config.replace('"lora_alpha": 6', '"lora_alpha": 7'));
    const { exitCode, stderr } = await rejuvenate(['commit', record, '--out', at('other')]);
    assert.equal(exitCode, 2);
    assert.ok(
      stderr.includes(
        `"${at('lora/adapter_config.json')}" is not the file that the record was made from: attribute again.`,
      ),
    );
    assert.deepEqual(readdirSync(at('tmp')), []);
  });

  it('cannot be the base or the first of a comparison', async () => {
    for (const args of [run('lora', 'x').with(2, at('lora')), ['diff', at('lora'), base]]) {
      const { exitCode, stderr } = await rejuvenate(args);
      assert.equal(exitCode, 2);
      assert.ok(
        stderr.includes(
          `"${at('lora')}" holds an adapter (adapter_config.json), which is a checkpoint only together with its base`,
        ),
      );
    }
  });
});
