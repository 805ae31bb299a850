import assert from 'node:assert/strict';
import type { Uri } from 'vscode';
import type { HostMessage } from '../../../src/protocol/inspector.ts';
import { Measurings } from '../../../src/views/inspector/measurings.ts';
import { tinyPoint, tinySweep } from '../record/tinySweep.ts';

describe('measurings of a window', () => {
  const record = { toString: () => 'file:///a.rejuvenation.json' } as Uri;
  const anchor = (folder: string) => ({ ...tinySweep().anchors[0]!, folder });

  it('keep the anchors of all sweeps: each sweep counts its own from 0', () => {
    const told: HostMessage[] = [];
    const measurings = new Measurings((_, message) => told.push(message));
    const at = (entropy: number, own: number | null) => tinyPoint(0.5, 0.01, entropy, 1, { anchor: own });
    measurings.add(record, 'run', at(1, null));
    measurings.add(record, 'run', at(2, 0), [anchor('/early')]);
    measurings.add(record, 'run', at(3, 0), [anchor('/late'), anchor('/early')]);
    measurings.add(record, 'run', at(4, 1), [anchor('/late'), anchor('/early')]);
    const found = measurings.of(record, 'run');
    assert.deepEqual(
      found.anchors.map(({ folder }) => folder),
      ['/early', '/late'],
    );
    // The last is the second once more.
    assert.deepEqual(
      found.points.map((point) => [point.targets.entropy, point.anchor]),
      [
        [1, null],
        [3, 1],
        [4, 0],
      ],
    );
    // Whoever was told of a point knows its anchor.
    assert.deepEqual(
      told.map((message) => message.type === 'point' && message.anchors.map(({ folder }) => folder)),
      [[], ['/early'], ['/early', '/late'], ['/early', '/late']],
    );
  });

  it('tell anchors of one folder apart whose files changed', () => {
    const measurings = new Measurings(() => undefined);
    const [file] = anchor('/early').files;
    const changed = { folder: '/early', files: [{ ...file!, modified: '2026-02-02T00:00:00.000Z' }] };
    const point = tinyPoint(0.5, 0.01, 1, 1, { anchor: 0 });
    measurings.add(record, 'run', point, [anchor('/early')]);
    measurings.add(record, 'run', point, [changed]);
    assert.equal(measurings.of(record, 'run').points.length, 2);
  });

  it('give another run of the record’s name nothing, and refuse an anchor that its sweep does not name', () => {
    const measurings = new Measurings(() => undefined);
    const point = tinyPoint(0.5, 0.01, 1, 1, { anchor: 0 });
    measurings.add(record, 'run', point, [anchor('/early')]);
    assert.deepEqual(measurings.of(record, 'another'), { points: [], anchors: [], job: undefined });
    assert.throws(() => measurings.add(record, 'run', point, []), /names no anchor 0/);
  });
});
