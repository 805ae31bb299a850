import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadinessRecord } from '../../src/record/readiness/readinessRecord.ts';
import { checkpointFixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/* Readiness in shards by the real engine: answers are the same to the last bit, whoever samples the others. */

describe('readiness in shards on the command line', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'own-shards-')));
    const rows = Array.from({ length: 44 }, (_, i) => ({ prompt: `${'Add. '.repeat(i % 5)}${i}?`, response: ` ${i}` }));
    writeFileSync(at('rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function readiness(...more: string[]): Promise<void> {
    const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
    const { exitCode, stderr } = await rejuvenate([
      ...['readiness', join(pair, 'sft'), '--prompts', at('rows.jsonl'), '--answer-field', 'response'],
      ...[
        '--samples',
        '6',
        '--max-tokens',
        '4',
        '--eval-temperature',
        '0',
        '--calibration',
        at('rows.jsonl'),
        '--lines',
        '7',
        '--no-verdict',
      ],
      ...['--device', 'cpu', '--threads', '1', '--memory', '200MB', ...more],
    ]);
    assert.equal(exitCode, 0, stderr);
  }
  const facts = (name: string) => {
    const record = JSON.parse(readFileSync(at(name), 'utf8')) as ReadinessRecord;
    return JSON.stringify({ ...record, created: '', seconds: 0 });
  };

  it('leaves partials that merge joins to the bytes of one process, or of two', async () => {
    const out = ['--out', at('s.readiness.json')];
    await readiness(...out, '--shard', '1/2');
    await readiness(...out, '--shard', '0/2');
    await readiness('--out', at('one.readiness.json'), '--processes', '2');
    const { exitCode, stderr } = await rejuvenate(['merge', '--record', at('s.readiness.json')]);
    assert.equal(exitCode, 0, stderr);
    assert.equal(facts('s.readiness.json'), facts('one.readiness.json'));
    assert.equal(existsSync(at('s.readiness.shards')), false);
  });
});
