import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { lockForReadiness, readReadiness, writeReadiness } from '../../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord, ReadinessRow } from '../../../src/record/readiness/readinessRecord.ts';

type Mutable<Value> = Value extends object ? { -readonly [Key in keyof Value]: Mutable<Value[Key]> } : Value;

const estimate = { value: 0.5, low: 0.25, high: 0.75 };

const row = (name: string, isBase: boolean): ReadinessRow => ({
  ...{ name, isBase, checkpoint: null, training: null, heldOut: null, nllGap: null },
  sampled: [
    {
      temperature: 1,
      passAtK: [estimate, estimate],
      gap: { value: 0, low: 0, high: 0 },
      deadGroups: [{ ...estimate, group: 8, estimate: 'plug-in', right: 0.25, wrong: 0.25 }],
      ...{ distinctAnswers: 1, answered: 1, length: 3, longest: 5, stopRate: 1, entropy: 0.5, surprisal: 0.5 },
      entropyCounts: [1, 2],
      counts: [
        { samples: 2, correct: 1 },
        { samples: 4, correct: 0 },
      ],
      coverage: isBase ? null : { both: 1, lost: 0, gained: 0, neither: 1, lostPerGained: null },
    },
  ],
  ready: isBase ? null : false,
  outcomes: isBase ? [] : [{ value: 0.5, met: false, close: true }],
});

const record: ReadinessRecord = {
  ...{ schema: 'rejuvenation-readiness', version: 1, program: { name: 'x', version: '1' } },
  ...{
    created: '2026-11-27T00:00:00.000Z',
    seconds: 1,
    rows: [row('base', true), row('sft', false)],
    teacherForced: null,
  },
  sampling: {
    sources: ['a', 'b'],
    prompts: { files: [{ path: '/p', sha256: 'a'.repeat(64) }], reading: 'two', lines: [1, 2] },
    ...{ samples: 4, temperatures: [1], topP: 1, maxTokens: 9, stop: [], seed: 0 },
    grader: { name: 'boxed', described: 'the last box' },
    interval: { resamples: 2000, coverage: 0.95 },
  },
  entropyEdges: [0.1, 1, 10],
  conditions: [{ measure: 'dead@', count: 8, bound: 'max', value: 0.4, source: 'own' }],
  notes: [],
};

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
    await writeReadiness(path, record, false);
    assert.deepEqual(await readReadiness(path), record);
    await assert.rejects(writeReadiness(path, record, false), InputError);
    await writeReadiness(path, { ...record, seconds: 2 }, true);
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
      const other = structuredClone(record) as Mutable<ReadinessRecord>;
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
