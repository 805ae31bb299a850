import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Documented } from '../../src/cli/output/json/jsonDocument.ts';
import type { ReadinessRecord } from '../../src/record/readiness/readinessRecord.ts';
import { checkpointFixtures } from '../paths.ts';
import { assertDocumented } from './documented.ts';
import { rejuvenate } from './rejuvenate.ts';

const sft = join(checkpointFixtures, 'tiny-qwen3-tied/sft');

describe('rejuvenate watch', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'watch-')));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is killed in the midst of a step, goes on with it, and ends at Ctrl-C', async () => {
    // At once, however long copying takes.
    const step = (count: number) => {
      cpSync(sft, at('copied'), { recursive: true });
      mkdirSync(at('run'), { recursive: true });
      renameSync(at('copied'), at(`run/checkpoint-${count}`));
    };
    const lines = ['--held-out', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--device', 'cpu'];
    const looks = ['--every', '0.1', '--settle', '0.05'];
    const args = ['watch', at('run'), ...lines, ...looks, '--out', at('a.readiness.json')];
    step(100);
    let added = false;
    const add = (said: string) => {
      if (added || !said.includes('measure:')) return;
      added = true;
      step(200);
    };
    const killed = await rejuvenate(args, add, { at: { line: /Measuring ".+checkpoint-200"/, signal: 'SIGKILL' } });
    assert.equal(killed.exitCode, null);
    assert.match(
      killed.stdout,
      /^checkpoint-100 {2}held out: entropy \d\.\d{4}, NLL \d+\.\d{4} nats, top-1 0\.\d{3}, p > 0\.99 /,
    );
    const once = await rejuvenate([...args, '--once', '--json']);
    assert.equal(once.exitCode, 0, once.stderr);
    const rows = once.stdout
      .trim()
      .split('\n')
      .map((line) => {
        const { schema, version, ...row } = JSON.parse(line) as Documented & ReadinessRecord['rows'][number];
        assertDocumented('watch', { schema, version, ...row });
        return row;
      });
    assert.deepEqual(
      rows.map(({ name, checkpoint }) => [name, checkpoint!.step]),
      [['checkpoint-200', 200]],
    );
    const record = JSON.parse(readFileSync(at('a.readiness.json'), 'utf8')) as ReadinessRecord;
    assert.deepEqual(record.rows[1], rows[0]);
    // The same weights: the same figures, to the last bit.
    assert.deepEqual(record.rows[0]!.heldOut, rows[0]!.heldOut);
    const known = { line: /2 steps of it measured before/, signal: 'SIGINT' } as const;
    const stopped = await rejuvenate(args, undefined, { at: known });
    assert.equal(stopped.exitCode, 130, stopped.stderr);
    assert.match(stopped.stderr, /Stopped\. 0 rows were added to ".*"; the same command goes on\.\n$/);
    assert.deepEqual(readdirSync(folder).sort(), ['a.readiness.json', 'run']);
  });
});
