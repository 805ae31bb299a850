import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSweep, writeSweep } from '../../../src/record/sweep/sweepFile.ts';
import type { SweepRecord } from '../../../src/record/sweep/sweepRecord.ts';
import { paretoFront, sampledTradeOff, sweepFront } from '../../../src/record/sweep/tradeOff.ts';
import { tinySweep } from './tinySweep.ts';

describe('a sweep record', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sweep-'));
    path = join(folder, 'a.sweep.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads as it was written, and replaces another only where it may', async () => {
    await writeSweep(path, tinySweep(), false);
    assert.deepEqual(await readSweep(path), tinySweep());
    await assert.rejects(writeSweep(path, tinySweep(), false), /came to exist meanwhile/);
    await writeSweep(path, { ...tinySweep(), notes: ['again'] }, true);
    assert.deepEqual((await readSweep(path)).notes, ['again']);
    assert.deepEqual(readdirSync(folder), ['a.sweep.json']);
  });

  type Edit = (record: SweepRecord) => unknown;
  const rows: readonly (readonly [name: string, edit: Edit, message: RegExp])[] = [
    [
      'another kind',
      (r) => Object.assign(r, { schema: 'rejuvenation-run' }),
      /is not a sweep record of this program\.$/,
    ],
    ['a newer version', (r) => Object.assign(r, { version: 2 }), /made by a newer version of this program/],
    ['no version', (r) => Object.assign(r, { version: null }), /not a valid sweep record: at version/],
    ['a field too many', (r) => Object.assign(r, { more: 1 }), /not a valid sweep record/],
    ['no points', (r) => r.points.splice(0), /at points/],
    ['an alpha above 1', (r) => Object.assign(r.points[0]!, { alpha: 1.01 }), /at points\.0\.alpha/],
    ['a rho of text', (r) => Object.assign(r.points[0]!, { rho: '0' }), /at points\.0\.rho/],
    ['an unknown selection', (r) => Object.assign(r.points[0]!, { selection: '__proto__' }), /at points\.0\.selection/],
    ['a point twice', (r) => r.points.push(r.points[0]!), /points\.7 is there twice\.$/],
    [
      'a seed too many',
      (r) => Object.assign(r.points[2]!, { seed: 0 }),
      /points\.2: random neurons, and they alone, have a seed\.$/,
    ],
    ['a seed too few', (r) => Object.assign(r.points[5]!, { seed: null }), /points\.5: random neurons/],
    [
      'a reset at rho 0',
      (r) => Object.assign(r.points[0]!, { selection: 'attribution' }),
      /points\.0: rho 0, and it alone, selects none\.$/,
    ],
    ['neurons at rho 0', (r) => Object.assign(r.points[0]!, { neurons: 1 }), /points\.0 resets neurons at rho 0\.$/],
    [
      'more neurons than there are',
      (r) => Object.assign(r.points[2]!, { neurons: 501 }),
      /points\.2 resets more neurons than there are\.$/,
    ],
    ['another share', (r) => Object.assign(r.points[2]!, { neuronRatio: 0.5 }), /points\.2: neuronRatio is not/],
    [
      'an anchor that is none',
      (r) => Object.assign(r.points[6]!, { anchor: 1 }),
      /points\.6 names an anchor that is not listed\.$/,
    ],
    [
      'other rows',
      (r) => Object.assign(r.points[3]!.targets, { rows: 5 }),
      /points\.3 counts other rows than the first point\.$/,
    ],
    ['held-out rows missing', (r) => delete r.points[3]!.heldOut, /points\.3 counts other rows/],
    [
      'a reference of other rows',
      (r) => Object.assign(r.references[1]!.all, { rows: 9 }),
      /references\.1 counts other rows/,
    ],
    [
      'more targets than rows',
      (r) => [...r.points, ...r.references].map(({ targets }) => Object.assign(targets, { rows: 9 })),
      /points\.0 counts other rows/,
    ],
    [
      'Pass@k of too few samples',
      (r) => Object.assign(r.points[2]!.sampled!, { k: 9 }),
      /points\.2: Pass@9 cannot come of 8 samples/,
    ],
    ['a hash that is none', (r) => Object.assign(r.run, { sha256: '../..' }), /at run\.sha256/],
  ];
  for (const [name, edit, message] of rows) {
    it(`is refused for ${name}`, async () => {
      const record = tinySweep();
      edit(record);
      writeFileSync(path, JSON.stringify(record));
      await assert.rejects(readSweep(path), (error: Error) => {
        assert.equal(error.name, 'InputError');
        assert.ok(error.message.startsWith(`"${path}" `), error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('is refused for text that is no JSON, deep nesting, and numbers beyond all bounds', async () => {
    for (const text of [
      '',
      '[]',
      'null',
      '{"schema":',
      `${'['.repeat(1e5)}`,
      '{"schema":"rejuvenation-sweep","version":1e999}',
    ]) {
      writeFileSync(path, text);
      await assert.rejects(readSweep(path), { name: 'InputError' });
    }
    await assert.rejects(readSweep(join(folder, 'a.json')), /must be named NAME\.sweep\.json/);
  });

  it('has a front of the points that no other beats', () => {
    // Gain, cost.
    assert.deepEqual(paretoFront([]), []);
    assert.deepEqual(paretoFront([[1, 1]]), [0]);
    assert.deepEqual(
      paretoFront([
        [1, 1],
        [2, 1],
        [2, 2],
        [3, 3],
        [0, 0.5],
        [0, 0.6],
        [2, 1],
      ]),
      [3, 1, 6, 4],
    );
    // Brute force, by the definition.
    const grid = Array.from({ length: 60 }, (_, i) => [(i * 37) % 11, (i * 23) % 13] as const);
    const beaten = ([gain, cost]: readonly [number, number]) =>
      grid.some(([more, less]) => more >= gain && less <= cost && (more > gain || less < cost));
    const expected = grid.flatMap((each, i) => (beaten(each) ? [] : [i]));
    assert.deepEqual(
      paretoFront(grid).sort((a, b) => a - b),
      expected,
    );
    assert.deepEqual([...sweepFront(tinySweep())], [3, 2, 1, 6]);
    assert.equal(sampledTradeOff(tinySweep()), undefined);
    const passes = [
      [0.25, 0.5],
      [0.3, 0.5],
      [0.4, 0.45],
      [0.2, 0.6],
      [0.2, 0.4],
      [0.1, 0.1],
      [0.3, 0.5],
    ] as const;
    const points = tinySweep().points.map((point, i) => ({
      ...point,
      sampled: { ...tinySweep().points[2]!.sampled!, passAt1: passes[i]![0], passAtK: passes[i]![1] },
    }));
    // Of both more is better.
    assert.deepEqual([...sweepFront({ points }, sampledTradeOff({ points }))], [3, 1, 6, 2]);
  });
});
