import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSweep } from '../../../../src/record/sweep/sweepFile.ts';
import { measurePoint } from '../../../../src/run/sweep/measurePoint.ts';
import { readRunSweeps } from '../../../../src/run/sweep/runSweeps.ts';
import { engineSettings, useSweepHome, withoutSeconds } from './sweepHome.ts';
import { WeightEngine } from './weightEngine.ts';

describe('a single point', () => {
  const home = useSweepHome();

  it('keeps single points beside the record, those of each engine and each run in a file, and the record as it is', async () => {
    const before = readFileSync(home.record);
    const warnings: string[] = [];
    const measure = (alpha: number, more: Partial<typeof engineSettings | { memoryBytes: number }> = {}) =>
      measurePoint(
        { record: home.record, alpha, rho: 0.02, keep: true, ...engineSettings, ...more },
        {
          ...home.context(new WeightEngine()),
          onEvent: (event) => void (event.type === 'warning' && warnings.push(event.text)),
        },
      );
    const kept = (name: string) => readSweep(join(home.folder, name));
    const first = await measure(0.4);
    const second = await measure(0.5);
    const again = await measure(0.4);
    assert.deepEqual((await kept('a.measured.sweep.json')).points, [second, again]);
    assert.deepEqual(withoutSeconds([again]), withoutSeconds([first]));
    const other = await measure(0.4, { memoryBytes: 5e9 });
    assert.deepEqual((await kept('a.measured-2.sweep.json')).points, [other]);
    writeFileSync(join(home.folder, 'a.measured-3.sweep.json'), 'not a record');
    await measure(0.4, { memoryBytes: 6e9 });
    assert.equal(readFileSync(join(home.folder, 'a.measured-3.sweep.json'), 'utf8'), 'not a record');
    assert.equal((await kept('a.measured-4.sweep.json')).engine.memoryBytes, 6e9);
    assert.deepEqual(readFileSync(home.record), before);
    const { run } = await kept('a.measured.sweep.json');
    const found = await readRunSweeps(home.record, run.sha256, () => true);
    assert.deepEqual(
      found.sweeps.map(({ name }) => name),
      ['a.measured-2.sweep.json', 'a.measured-4.sweep.json', 'a.measured.sweep.json'],
    );
    assert.equal(found.notes.length, 1);
    assert.match(found.notes[0]!, /a\.measured-3\.sweep\.json/);
    assert.deepEqual(await readRunSweeps(home.record, 'another', () => true), { sweeps: [], notes: found.notes });
    assert.deepEqual(await readRunSweeps(home.record, run.sha256, () => false), { sweeps: [], notes: [] });
    assert.deepEqual(warnings, []);
    // What cannot be kept is measured all the same.
    mkdirSync(join(home.folder, 'a.measured.sweep.lock'));
    assert.deepEqual(withoutSeconds([await measure(0.5)]), withoutSeconds([second]));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^The point was measured, but is not kept beside the record: /);
  });
});
