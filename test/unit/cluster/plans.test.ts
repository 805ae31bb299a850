import assert from 'node:assert/strict';
import { attributionPhases } from '../../../src/cluster/phases/attributionPhases.ts';
import { commitPhases } from '../../../src/cluster/phases/commitPhases.ts';
import { pinnedEngine, slurmMemory } from '../../../src/cluster/phases/pinnedEngine.ts';
import { shardedPhases } from '../../../src/cluster/phases/shardedPhases.ts';
import { arraysOf } from '../../../src/cluster/run/arrays.ts';
import { partName } from '../../../src/commit/parts/commitPart.ts';
import { partialName } from '../../../src/files/reading/partialName.ts';

describe('what a run on a cluster is cut into', () => {
  it('measures base and SFT side by side, then attributes, then merges', () => {
    const phases = attributionPhases({
      ...{ options: ['--base=b', '--sft=-s'], record: '/r/x.rejuvenation.json', overwrite: true },
      ...{ partials: '/r/p', shards: 2, before: 'old' },
    });
    assert.deepEqual(
      phases.map(({ name, after, model, tasks }) => [name, after, model, tasks.length]),
      [
        ['base', [], true, 2],
        ['sft', [], true, 2],
        ['attribution', ['base', 'sft'], true, 2],
        ['merge', ['attribution'], false, 1],
      ],
    );
    const attribution = phases[2]!;
    assert.deepEqual(attribution.command, [
      ...['attribute', '--base=b', '--sft=-s', '--overwrite', '--record=/r/x.rejuvenation.json'],
      ...['--phase=attribution', '--partials=/r/p'],
    ]);
    assert.deepEqual(attribution.tasks[1]!.words, ['--shard=1/2']);
    // The names are those that the tasks themselves leave.
    assert.equal(attribution.tasks[1]!.proof.path, `/r/p/${partialName({ phase: 'attribution', index: 1, count: 2 })}`);
    assert.deepEqual(phases[3]!.tasks[0]!.proof, { path: '/r/x.rejuvenation.json', before: 'old' });
  });

  it('writes a checkpoint by several tasks and names it by one, or does all in one', () => {
    const work = {
      record: '/r',
      out: '/o',
      options: ['--alpha=0.5'],
      after: ['merge'],
      before: undefined,
      partials: '/p',
    };
    const [commit, check] = commitPhases({ ...work, shards: 3 });
    assert.equal(commit!.tasks[2]!.proof.path, `/p/${partName({ index: 2, count: 3 })}`);
    assert.deepEqual([check!.after, check!.tasks[0]!.proof.path], [['commit'], '/o/rejuvenation.json']);
    assert.deepEqual(check!.command, ['commit', '--alpha=0.5', '--out=/o', '--partials=/p', '--', '/r']);
    assert.deepEqual(commitPhases({ ...work, shards: 1 })[0]!.command, [
      'commit',
      '--alpha=0.5',
      '--out=/o',
      '--',
      '/r',
    ]);
  });

  it('has shards leave partials, and one task join them by the same command', () => {
    const [measure, last] = shardedPhases({
      ...{ command: 'readiness', phase: 'measure', options: ['--base=b'], last: ['--out=r.readiness.json'] },
      ...{ operands: ['sft'], partials: '/r/p', shards: 2 },
    });
    assert.deepEqual([measure!.command, measure!.model], [['readiness', '--base=b', '--partials=/r/p'], true]);
    assert.deepEqual(measure!.tasks[1], {
      words: ['--shard=1/2', '--', 'sft'],
      proof: { path: 'done/measure-1', marker: true },
    });
    assert.deepEqual(last!.command, [
      ...['readiness', '--base=b', '--partials=/r/p', '--out=r.readiness.json', '--', 'sft'],
    ]);
    assert.deepEqual([last!.after, last!.model], [['measure'], false]);
  });

  it('puts a task into the same array whatever is submitted with it', () => {
    assert.deepEqual(arraysOf([0, 1, 2, 3, 4], 2), [
      { offset: 0, indices: [0, 1] },
      { offset: 2, indices: [0, 1] },
      { offset: 4, indices: [0] },
    ]);
    assert.deepEqual(arraysOf([3], 2), [{ offset: 2, indices: [1] }]);
  });

  it('settles device, memory and threads, and asks where it cannot', () => {
    const auto = { device: 'auto', memoryBytes: 0, threads: 0 } as const;
    assert.deepEqual(pinnedEngine(auto, { mem: '10G', cpusPerTask: 4 }), {
      ...{ device: 'cpu', memoryBytes: Math.floor(0.8 * 10 * 2 ** 30), threads: 4 },
    });
    assert.deepEqual(pinnedEngine({ ...auto, memoryBytes: 5e9 }, { mem: '10G', gpusPerTask: '1' }), {
      ...{ device: 'auto', memoryBytes: 5e9, threads: 0 },
    });
    assert.throws(() => pinnedEngine(auto, {}), { name: 'InputError', message: /give --mem .*--memory 60GB\.$/ });
    assert.throws(() => pinnedEngine(auto, { mem: '10G', gpusPerTask: '1' }), {
      message: /fit together: give --memory/,
    });
    assert.throws(() => pinnedEngine(auto, { mem: '0' }), { name: 'InputError' });
  });

  it('reads sizes as Slurm writes them', () => {
    assert.deepEqual(['3000', '3G', '512M', '1.5T', '7K', '0', 'all', '-1', '3GB'].map(slurmMemory), [
      3000 * 2 ** 20,
      3 * 2 ** 30,
      2 ** 29,
      1.5 * 2 ** 40,
      7 * 2 ** 10,
      undefined,
      undefined,
      undefined,
      3 * 2 ** 30,
    ]);
  });
});
