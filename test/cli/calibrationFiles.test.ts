import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { checkpointFixtures, fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

interface ShownRecord {
  readonly settings: { readonly samples: number; readonly seed: number };
  readonly inputs: { readonly calibration: { readonly name: string } | readonly { readonly name: string }[] };
  readonly samples: readonly { readonly file?: number; readonly line: number; readonly tokens: number }[];
  readonly measurements: readonly unknown[];
  readonly notes: readonly string[];
}

describe('calibration on the command line', () => {
  const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
  const lines = readFileSync(join(checkpointFixtures, 'tiny-calibration.jsonl'), 'utf8').trimEnd().split('\n');
  const pairs = lines.map((line) => JSON.parse(line) as { readonly prompt: string; readonly response: string });
  let folder: string;
  const at = (name: string) => join(folder, name);

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'calibration-')));
    writeFileSync(at('pairs.jsonl'), `${lines.join('\n')}\n`);
    writeFileSync(at('array.json'), JSON.stringify(pairs, null, 1));
    writeFileSync(at('pairs.jsonl.gz'), gzipSync(lines.join('\n')));
    const column = (name: 'prompt' | 'response') => ({
      name,
      data: pairs.map((each) => each[name]),
      type: 'STRING' as const,
    });
    parquetWriteFile({ filename: at('pairs.parquet'), columnData: [column('prompt'), column('response')] });
    mkdirSync(at('set'));
    writeFileSync(at('set/train-0.jsonl'), lines.slice(0, 2).join('\n'));
    writeFileSync(at('set/train-1.jsonl'), lines.slice(2).join('\n'));
    writeFileSync(at('set/test-0.jsonl'), lines.join('\n'));
    writeFileSync(at('table.csv'), 'prompt,response\na,b\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  let count = 0;
  async function attribute(
    ...calibration: readonly string[]
  ): Promise<{ readonly record: ShownRecord; readonly path: string }> {
    const path = at(`${count++}.rejuvenation.json`);
    const inputs = ['--base', join(pair, 'base'), '--sft', join(pair, 'sft'), '--calibration', ...calibration];
    const { exitCode, stderr } = await rejuvenate(['attribute', ...inputs, '--record', path, '--device', 'cpu']);
    assert.equal(exitCode, 0, stderr);
    return { record: JSON.parse(readFileSync(path, 'utf8')) as ShownRecord, path };
  }

  it('is measured alike from every container', async () => {
    const { record: expected } = await attribute(at('pairs.jsonl'));
    assert.equal(expected.samples.length, lines.length);
    assert.deepEqual(expected.notes, []);
    for (const name of ['array.json', 'pairs.jsonl.gz', 'pairs.parquet']) {
      const { record } = await attribute(at(name));
      assert.deepEqual(record.samples, expected.samples, name);
      const means = (of: ShownRecord) =>
        JSON.stringify(of.measurements, (key, value) => (key === 'measured' ? '' : value));
      assert.equal(means(record), means(expected), name);
    }
  });

  it('may be several files, a pattern or a data set folder, which the record names', async () => {
    const files = ['set/train-0.jsonl', 'set/train-1.jsonl'].map(at);
    const expected = [0, 0, 1, 1, 1, 1].map((file, i) => ({ file, line: i < 2 ? i + 1 : i - 1 }));
    for (const named of [files, [at('set/train-*.jsonl')], [at('set')]]) {
      const { record, path } = await attribute(...named);
      assert.deepEqual(
        record.samples.map(({ file, line }) => ({ file, line })),
        expected,
      );
      assert.deepEqual(
        (record.inputs.calibration as readonly { name: string }[]).map(({ name }) => name),
        files,
      );
      assert.equal(record.notes.length, named[0] === at('set') ? 1 : 0);
      const { stdout } = await rejuvenate(['show', path]);
      assert.ok(stdout.includes(`calibration  ${files[0]}\n             ${files[1]}\n`), stdout);
    }
  });

  it('is drawn from by --samples and --seed, in run and diff', async () => {
    const { record } = await attribute(at('pairs.parquet'), '--samples', '3', '--seed', '5');
    assert.deepEqual([record.settings.samples, record.settings.seed], [3, 5]);
    assert.equal(record.samples.length, 3);
    assert.deepEqual(record.notes, [`The file has ${lines.length} rows; 3 drawn by seed 5 are used.`]);
    const all = await attribute(at('pairs.parquet'), '--samples', 'all');
    assert.deepEqual([all.record.settings.samples, all.record.samples.length], [0, lines.length]);
    const checkpoints = ['base', 'sft'].map((side) => join(pair, side));
    const given = ['set/train-0.jsonl', 'set/train-1.jsonl'].flatMap((name) => ['--calibration', at(name)]);
    const options = [...given, '--samples', '3', '--seed', '5', '--device', 'cpu', '--json'];
    const { exitCode, stdout, stderr } = await rejuvenate(['diff', ...options, ...checkpoints]);
    assert.equal(exitCode, 0, stderr);
    const { output } = JSON.parse(stdout) as { readonly output: { readonly samples: ShownRecord['samples'] } };
    assert.equal(output.samples.length, 3);
    assert.deepEqual(
      output.samples.map(({ tokens }) => tokens),
      record.samples.map(({ tokens }) => tokens),
    );
  });

  it('is previewed from several files, drawn as a run draws', async () => {
    const preview = ['preview', at('set'), '--sft', join(pair, 'sft'), '--samples', '3', '--seed', '5'];
    const { exitCode, stdout, stderr } = await rejuvenate(preview);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /"train-0\.jsonl" and 1 more file: pairs of "prompt" and "response"; plain text\./);
    assert.match(stderr, /Calibration is read from 2 files of the train split/);
    assert.ok(stderr.includes(`The 2 files have ${lines.length} rows; 3 drawn by seed 5 are used.`), stderr);
    assert.match(stdout, /^samples {6}3, .*\nfirst {8}train-\d\.jsonl, line \d: \d+ tokens/);
    const parquet = await rejuvenate(['preview', at('pairs.parquet'), '--sft', join(pair, 'sft'), '--json']);
    const { first, samples } = JSON.parse(parquet.stdout) as { first: Record<string, unknown>; samples: number };
    assert.deepEqual([samples, first['unit'], first['line'], first['file']], [lines.length, 'row', 1, undefined]);
  });

  it('is previewed with an adapter, whose base gives what it lacks', async () => {
    const adapter = join(fixtures, 'lora', 'all-linear');
    const base = join(checkpointFixtures, 'tiny-qwen3-untied-sharded', 'base');
    const preview = ['preview', at('set'), '--sft', adapter, '--json'];
    const alone = await rejuvenate(preview);
    assert.equal(alone.exitCode, 2);
    assert.equal(
      alone.stderr,
      `error: "${adapter}" is a LoRA adapter, which needs its base: name that with --base DIR.\n`,
    );
    const { exitCode, stdout, stderr } = await rejuvenate([...preview, '--base', base]);
    assert.equal(exitCode, 0, stderr);
    const whole = await rejuvenate(['preview', at('set'), '--sft', base, '--json']);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(whole.stdout));
    const other = join(pair, 'sft', 'tokenizer.json');
    const named = await rejuvenate([...preview, '--base', base, '--tokenizer', other]);
    assert.equal(named.exitCode, 0, named.stderr);
    const missing = await rejuvenate([...preview, '--base', base, '--tokenizer', at('none.json')]);
    assert.equal(missing.exitCode, 2);
    assert.match(missing.stderr, /none\.json/);
  });

  it('is refused with what it is and what to do', async () => {
    const inputs = ['--base', join(pair, 'base'), '--sft', join(pair, 'sft'), '--calibration', at('table.csv')];
    const { exitCode, stderr } = await rejuvenate(['attribute', ...inputs, '--record', at('x.rejuvenation.json')]);
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /table\.csv" is a table of text \(CSV or TSV\)\. Calibration is read from JSONL, .*pandas\.read_csv/,
    );
  });
});
