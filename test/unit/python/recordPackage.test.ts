import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparisonSchemaName, comparisonVersion } from '../../../src/record/comparison/comparisonRecord.ts';
import { writeReadiness } from '../../../src/record/readiness/readinessFile.ts';
import { readinessSchemaName, readinessVersion } from '../../../src/record/readiness/readinessRecord.ts';
import { recordSchemaName, recordVersion } from '../../../src/record/run/runRecord.ts';
import { writeSweep } from '../../../src/record/sweep/sweepFile.ts';
import { sweepSchemaName, sweepVersion } from '../../../src/record/sweep/sweepRecord.ts';
import { root } from '../../paths.ts';
import { writeTinyComparison } from '../record/tinyComparison.ts';
import { tinyReadiness } from '../record/tinyReadiness.ts';
import { tinySweep } from '../record/tinySweep.ts';
import { findPython } from './python.ts';
import { writePythonCases } from './pythonCases.ts';

/** What the package must read: it says itself what it does. */
const versions = {
  [recordSchemaName]: recordVersion,
  [comparisonSchemaName]: comparisonVersion,
  [readinessSchemaName]: readinessVersion,
  [sweepSchemaName]: sweepVersion,
};

describe('the Python package', () => {
  it('passes its own tests on records, commits and the notebook of today', async function () {
    const found = findPython();
    if ('missing' in found) {
      console.log(`      skipped: ${found.missing}`);
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'python-'));
    try {
      await writePythonCases(folder);
      await writeTinyComparison(join(folder, 'tiny.comparison.json'));
      writeFileSync(join(folder, 'versions.json'), JSON.stringify(versions));
      await writeReadiness(join(folder, 'tiny.readiness.json'), tinyReadiness, false);
      await writeSweep(join(folder, 'tiny.sweep.json'), tinySweep(), false);
      const tests = join(root, 'python', 'tests');
      const { status, stderr } = spawnSync(
        found.python,
        ['-B', '-W', 'error', '-m', 'unittest', 'discover', '-s', tests],
        {
          cwd: folder,
          env: {
            ...process.env,
            PYTHONPATH: join(root, 'python', 'src'),
            REJUVENATION_CASES: folder,
            MPLBACKEND: 'agg',
          },
          encoding: 'utf8',
        },
      );
      assert.equal(status, 0, stderr);
      const [, ran] = /Ran (\d+) tests/.exec(stderr) ?? [];
      assert.ok(Number(ran) >= 10, stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
