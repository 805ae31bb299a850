import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { exportReport } from '../../../src/run/report/exportReport.ts';
import { compareRuns } from '../../../src/run/runs/compareRuns.ts';
import { runsPage } from '../../../src/run/runs/runsPage.ts';
import { writeRunsPage } from '../../../src/run/runs/writeRunsPage.ts';
import { tinyRecord } from '../record/tinyRecord.ts';

/** Relative luminance of an sRGB colour, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance. */
function luminance(channels: readonly number[]): number {
  const [red, green, blue] = channels.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

describe('pages made of run records', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runs-'));
    const { draft, layout, arrays } = tinyRecord();
    await writeRecord(at('one.rejuvenation.json'), draft, layout, arrays);
    // The other run takes neuron 2 of q_proj in place of neuron 1, and 1 of k_proj as the first does.
    const query = arrays.get('layers.0.q_proj.best_rank')!;
    const hits = arrays.get('layers.0.q_proj.hits')!;
    [query[1], query[2], hits[1], hits[2]] = [query[2]!, query[1]!, hits[2]!, hits[1]!];
    await writeRecord(at('<b>two.rejuvenation.json'), draft, layout, arrays);
  });
  after(() => rmSync(folder, { recursive: true }));
  const both = () => [at('one.rejuvenation.json'), at('<b>two.rejuvenation.json')];

  it("compare runs at each run's own rho", async () => {
    const { runs, pairs } = await compareRuns(both(), undefined);
    assert.deepEqual(
      runs.map(({ name, rho, neurons }) => [name, rho, neurons]),
      [
        ['one', 0.02, 2],
        ['<b>two', 0.02, 2],
      ],
    );
    const [pair] = pairs;
    assert.deepEqual([pair!.whole.common, pair!.whole.jaccard], [1, 1 / 3]);
    const [query, key, value] = pair!.modules;
    assert.deepEqual([query!.jaccard, key!.jaccard, value!.jaccard], [0, 1, undefined]);
    assert.equal(pair!.scoreCorrelation, 1);
    assert.ok(pair!.rankCorrelation! > 0.9 && pair!.rankCorrelation! < 1);
    const counted = pair!.ranks.counts.flat().reduce((sum, count) => sum + count, 0);
    assert.equal(counted, pair!.whole.neurons);
  });

  it('refuse one record alone, and a rho of which no ranks are kept', async () => {
    await assert.rejects(compareRuns(both().slice(1), undefined), InputError);
    await assert.rejects(compareRuns(both(), 0.5), /keeps ranks up to rho 0\.09, not 0\.5/);
    await assert.rejects(compareRuns(both(), 0), /above 0/);
  });

  it('write a page without a script, names as text, and replace nothing unasked', async () => {
    const page = { records: both(), rho: undefined, out: at('runs.html'), overwrite: false };
    await writeRunsPage(page);
    const html = readFileSync(page.out, 'utf8');
    assert.match(html, /&lt;b&gt;two/);
    assert.doesNotMatch(html, /<b>|<script/);
    await assert.rejects(writeRunsPage(page), /exists already/);
  });

  it('show every Jaccard index in black or white, whichever is read on its colour', async () => {
    const { runs, pairs } = await compareRuns(both(), undefined);
    const [pair] = pairs;
    const modules = Array.from({ length: 1001 }, (_, i) => ({ ...pair!.modules[0]!, layer: i, jaccard: i / 1000 }));
    const html = runsPage({ runs, pairs: [{ ...pair!, modules }] });
    const cells = [...html.matchAll(/fill="rgb\((\d+),(\d+),(\d+)\)"\/><text[^>]* fill="(#[0f]{3})"/g)];
    assert.equal(cells.length, 1001);
    for (const [cell, red, green, blue, ink] of cells) {
      const light = luminance([red, green, blue].map(Number));
      const contrast = ink === '#000' ? (light + 0.05) / 0.05 : 1.05 / (light + 0.05);
      assert.ok(contrast >= 4.5, `${cell}: ${contrast.toFixed(2)}`);
    }
  });

  it('write a report to no other name and over no input', async () => {
    const [record] = both() as [string];
    const report = { record, text: true, overwrite: true };
    await assert.rejects(exportReport({ ...report, out: record }), /must be named FILE\.html/);
    await assert.rejects(exportReport({ ...report, out: at('none/a.html') }), /does not exist/);
    const out = at('report.html');
    const { size, rounding } = await exportReport({ ...report, out });
    assert.deepEqual([size, rounding], [readFileSync(out).length, undefined]);
    await assert.rejects(exportReport({ ...report, out, overwrite: false }), /exists already/);
    assert.ok(existsSync(record));
  });
});
