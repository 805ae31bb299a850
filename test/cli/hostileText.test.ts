import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFixtures } from '../paths.ts';
import { writeHostileComparison } from '../webview/hostileComparison.ts';
import { writeHostileRecord } from '../webview/hostileRecord.ts';
import { rejuvenate } from './rejuvenate.ts';

/** Everything but line breaks that a terminal acts on, or that hides or turns round what stands beside it. */
const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('text out of files and arguments on the terminal', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'hostile-')));
    await writeHostileRecord(at('a.rejuvenation.json'));
    await writeHostileComparison(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const record of ['a.rejuvenation.json', 'hostile.comparison.json']) {
    it(`of ${record} is escaped by "show", and is valid JSON with --json`, async () => {
      const shown = await rejuvenate(['show', at(record)]);
      assert.equal(shown.exitCode, 0, shown.stderr);
      assert.doesNotMatch(shown.stdout, unsafe);
      const { exitCode, stdout } = await rejuvenate(['show', at(record), '--json']);
      assert.equal(exitCode, 0);
      assert.doesNotMatch(stdout, unsafe);
      const read = JSON.stringify(JSON.parse(stdout));
      assert.ok(read.includes('<img src=x'));
      if (record === 'a.rejuvenation.json') assert.ok(read.includes('\u202e'));
    });
  }

  const evil = 'a\u001b[31m\u202e\u200b\nb';
  for (const args of [
    [evil],
    [`show\u200b`],
    ['show'],
    ['show', 'a.rejuvenation.json', `--${evil}`],
    ['show', 'a.rejuvenation.json', evil],
    ['run', '--rho', evil],
    ['verify', evil],
    ['commit', `${evil}.rejuvenation.json`, '--out', evil],
    ['diff', evil, evil],
  ]) {
    it(`of the arguments ${JSON.stringify(args)} is escaped, in lines of sane length`, async () => {
      const { exitCode, stdout, stderr } = await rejuvenate(args);
      assert.equal(exitCode, 2, stderr);
      assert.equal(stdout, '');
      assert.doesNotMatch(stderr, unsafe);
      assert.match(stderr, /^error: [^\n]+\n(\(Did you mean show\?\)\n)?$/);
    });
  }

  it('that is as long as its file becomes a line of sane length', async () => {
    const name = 'tiny-qwen2-tied';
    cpSync(join(checkpointFixtures, name), at(name), { recursive: true });
    const long = 'x'.repeat(20e6);
    const header = JSON.stringify({ [long]: { dtype: long, shape: [1], data_offsets: [0, 4] } });
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    const inputs: readonly (readonly [file: string, bytes: Buffer | string])[] = [
      ['model.safetensors', Buffer.concat([size, Buffer.from(header), Buffer.alloc(4)])],
      ['config.json', JSON.stringify({ model_type: long })],
      ['tokenizer.json', JSON.stringify({ model: { type: long, vocab: {}, merges: [] } })],
    ];
    for (const [file, bytes] of inputs) {
      const sft = at(`long-${file}`);
      cpSync(at(`${name}/sft`), sft, { recursive: true });
      writeFileSync(join(sft, file), bytes);
      const { exitCode, stderr } = await rejuvenate([
        ...['attribute', '--base', at(`${name}/base`), '--sft', sft, '--record', at('b.rejuvenation.json')],
        ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--device', 'cpu'],
      ]);
      assert.equal(exitCode, 2, stderr.slice(0, 500));
      assert.ok(stderr.length < 3000, `${file}: ${stderr.length} characters`);
    }
    for (const record of ['b.rejuvenation.json', 'b.comparison.json']) {
      writeFileSync(at(record), JSON.stringify({ schema: 'rejuvenation-run', version: 1, [long]: 1 }));
      const { exitCode, stderr } = await rejuvenate(['show', at(record)]);
      assert.equal(exitCode, 2);
      assert.ok(stderr.length < 3000, `${record}: ${stderr.length} characters`);
    }
  });
});
