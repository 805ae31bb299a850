import assert from 'node:assert/strict';
import { sweepCsv } from '../../../src/cli/output/sweep/sweepCsv.ts';
import { sweepFigure } from '../../../src/cli/output/sweep/sweepFigure.ts';
import { sweepText } from '../../../src/cli/output/sweep/sweepText.ts';
import { parseSvg, type SvgElement } from '../../figures/svgTree.ts';
import { tinySweep } from '../record/tinySweep.ts';

const hostile = '=1+1,"<script>alert(1)</script>&\u202e\u0000\n';

function elements(root: SvgElement): SvgElement[] {
  return [root, ...root.children.flatMap((child) => (typeof child === 'string' ? [] : elements(child)))];
}

describe('a sweep shown', () => {
  it('as a table marks front and default, and has sampled figures where there are some', () => {
    const text = sweepText(tinySweep(), '/runs/a.sweep.json');
    const rows = text.split('\n').filter((line) => line.startsWith('│'));
    const cells = rows.map((row) =>
      row
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    assert.equal(cells.length, 10);
    assert.deepEqual(cells[0]!.slice(7, 11), ['held-out entropy', 'held-out NLL', 'Pass@1', 'Pass@8']);
    assert.deepEqual(
      cells.map((row) => row.at(-1)),
      ['', '', '', '', 'front', 'front, default', 'front', '', '', 'front'],
    );
    assert.deepEqual(
      cells.slice(3).map((row) => row[2]),
      [
        ...['fusion only', 'fusion only', 'attribution', 'attribution', 'largest drift', 'random, seed 0'],
        'attribution, anchor early',
      ],
    );
    assert.deepEqual(cells[5]!.slice(9, 11), ['0.2500', '0.5000']);
  });

  it('as CSV has a row a point, all digits, and no formula of a hostile name', () => {
    const record = tinySweep();
    record.points[0]!.all.entropy = 0.1 + 0.2;
    record.anchors[0]!.folder = hostile;
    const text = sweepCsv(record);
    const [head, first] = text.split('\r\n');
    assert.equal(head!.split(',').length, first!.split(',').length);
    assert.equal(first!.split(',')[head!.split(',').indexOf('entropy_all')], '0.30000000000000004');
    assert.ok(text.includes(`"'=1+1,""<script>`));
    assert.equal(text.split('\r\n').length, 9);
  });

  it('as a figure is SVG whose text is text, with a symbol a point, the front and the default', () => {
    const record = tinySweep();
    record.anchors[0]!.folder = hostile;
    record.references[0]!.name = hostile;
    const svg = sweepFigure(record);
    assert.ok(!svg.includes('<script') && !svg.includes('\u0000'));
    const all = elements(parseSvg(svg));
    assert.ok(
      all.every(({ name }) =>
        ['svg', 'g', 'rect', 'line', 'text', 'polyline', 'circle', 'path', 'title'].includes(name),
      ),
    );
    assert.equal(all.filter(({ name }) => name === 'title').length, record.points.length);
    assert.ok(svg.includes('default: alpha 0.5, rho 0.01') && svg.includes('Pareto front'));
    assert.ok(!/NaN|undefined|Infinity/.test(svg));
    // Sampled at every point, there is a second panel, without the references.
    const sampled = record.points[2]!.sampled;
    const both = sweepFigure({ ...record, points: record.points.map((point) => ({ ...point, sampled })) });
    const titles = elements(parseSvg(both)).filter(({ name }) => name === 'title');
    assert.equal(titles.length, 2 * record.points.length);
    assert.ok(both.includes('regained: Pass@8') && both.includes('paid: Pass@1, temperature 1 (more is better)'));
    const evaluation = { samples: 1, temperature: 0, passAt1: 0.25 };
    const greedy = record.points.map((point) => ({ ...point, sampled: { ...sampled!, evaluation } }));
    assert.ok(sweepFigure({ ...record, points: greedy }).includes('paid: Pass@1, greedy (more is better)'));
    assert.match(sweepText({ ...record, points: greedy }, 'a'), /Pass@1, greedy │[\s\S]*│ +0\.2500 │/);
    assert.ok(!/NaN|undefined|Infinity/.test(both));
    // One point alone has no extent.
    const single = sweepFigure({ ...tinySweep(), points: [tinySweep().points[2]!], references: [] });
    assert.ok(!/NaN|undefined|Infinity/.test(single));
  });

  it('names an anchor by the last part of a path of any system', () => {
    const record = tinySweep();
    Object.assign(record.anchors[0]!, { folder: 'C:\\models\\early' });
    assert.match(sweepText(record, 'a.sweep.json'), / attribution, anchor early /);
  });
});
