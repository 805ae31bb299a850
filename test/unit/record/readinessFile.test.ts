import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { lockForReadiness, readReadiness, writeReadiness } from '../../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord } from '../../../src/record/readiness/readinessRecord.ts';
import { tinyReadiness } from './tinyReadiness.ts';

type Mutable<Value> = Value extends object ? { -readonly [Key in keyof Value]: Mutable<Value[Key]> } : Value;

describe('readiness records', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'readiness-'));
    path = join(folder, 'a.readiness.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read as they were written, replaced only when asked, by one process at a time', async () => {
    const lock = await lockForReadiness(path);
    await assert.rejects(lockForReadiness(path), InputError);
    await writeReadiness(path, tinyReadiness, false);
    assert.deepEqual(await readReadiness(path), tinyReadiness);
    await assert.rejects(writeReadiness(path, tinyReadiness, false), InputError);
    await writeReadiness(path, { ...tinyReadiness, seconds: 2 }, true);
    assert.equal((await readReadiness(path)).seconds, 2);
    await lock.release();
    assert.deepEqual(readdirSync(folder), ['a.readiness.json']);
  });

  it('whose parts do not agree are refused, with what does not fit', async () => {
    const faults: readonly (readonly [change: (record: Mutable<ReadinessRecord>) => unknown, message: RegExp])[] = [
      [(all) => Object.assign(all, { schema: 'other' }), /is not a readiness record of this program/],
      [(all) => Object.assign(all, { version: 2 }), /newer version/],
      [(all) => Object.assign(all, { more: 1 }), /is not a valid readiness record/],
      [(all) => all.rows.pop(), /sampling\.sources does not have one entry a row/],
      [(all) => Object.assign(all.rows[1]!, { name: 'base' }), /has a name twice/],
      [(all) => Object.assign(all.rows[1]!, { isBase: true }), /a base that is not the first/],
      [(all) => Object.assign(all.rows[1]!, { ready: true }), /ready does not fit its outcomes/],
      [(all) => Object.assign(all.rows[1]!, { ready: null }), /ready does not fit the conditions/],
      [(all) => all.rows[1]!.outcomes.pop(), /outcomes does not have one entry a condition/],
      [(all) => all.rows[1]!.sampled.pop(), /sampled does not have one entry a temperature/],
      [(all) => Object.assign(all.rows[1]!, { nllGap: 1 }), /nllGap does not fit/],
      [(all) => all.rows[1]!.sampled[0]!.counts.pop(), /does not have one entry a prompt/],
      [(all) => Object.assign(all.rows[1]!.sampled[0]!.counts[0]!, { correct: 3 }), /more right answers than answers/],
      [(all) => Object.assign(all.rows[1]!.sampled[0]!.counts[0]!, { samples: 1e9 }), /at rows\.1\.sampled\.0\.counts/],
      [(all) => all.rows[1]!.sampled[0]!.passAtK.pop(), /passAtK does not go up to the fewest/],
      [(all) => all.rows[1]!.sampled[0]!.entropyCounts!.pop(), /one entry a bin/],
      [(all) => Object.assign(all.rows[1]!.sampled[0]!.coverage!, { lost: 1 }), /coverage does not count every prompt/],
      [(all) => Object.assign(all.rows[1]!.sampled[0]!.coverage!, { lostPerGained: 1 }), /lostPerGained does not fit/],
      [(all) => Object.assign(all.rows[1]!.sampled[0]!, { temperature: 2 }), /temperature that nothing was sampled at/],
      [(all) => all.entropyEdges.reverse(), /entropyEdges is not ascending/],
      [(all) => Object.assign(all, { rows: [] }), /at rows/],
      [(all) => Object.assign(all.conditions[0]!, { measure: 'constructor' }), /at conditions\.0\.measure/],
    ];
    for (const [change, message] of faults) {
      const other = structuredClone(tinyReadiness) as Mutable<ReadinessRecord>;
      change(other);
      writeFileSync(path, JSON.stringify(other));
      await assert.rejects(readReadiness(path), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
    for (const text of ['', '{', '[]', '{"schema": "rejuvenation-readiness", "schema": 1}', '['.repeat(1e5)]) {
      writeFileSync(path, text);
      await assert.rejects(readReadiness(path), InputError);
    }
    await assert.rejects(readReadiness(join(folder, 'a.json')), /must be named NAME\.readiness\.json/);
  });
});
