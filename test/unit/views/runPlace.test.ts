import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalWork, localWorkNames, placeOf } from '../../../src/views/slurm/runPlace.ts';
import { root } from '../../paths.ts';

describe('where work of VS Code runs', () => {
  const cluster = ['attribution', 'commit', 'readiness', 'sweep', 'verification'] as const;
  const local = Object.keys(localWorkNames) as LocalWork[];

  it('is here, unless it is to be on Slurm', () => {
    for (const work of [...cluster, ...local]) assert.equal(placeOf(work, 'here', true), 'here', work);
  });

  it('is Slurm for what the command line has --slurm for, and asked about for all else', () => {
    assert.deepEqual([...new Set(cluster.map((work) => placeOf(work, 'slurm', true)))], ['slurm']);
    assert.deepEqual([...new Set(local.map((work) => placeOf(work, 'slurm', true)))], ['ask']);
  });

  it('is here for what runs no model: answers of a server, weights that are compared', () => {
    assert.equal(placeOf('readiness', 'slurm', false), 'here');
    assert.equal(placeOf('comparison', 'slurm', false), 'here');
  });

  it('is decided wherever an engine is started in VS Code', () => {
    const views = join(root, 'src', 'views');
    const begins = /\b(jobs\.run|startEngine)\(/;
    // What these begin runs no model here.
    const others = [
      ...['slurm/slurmRuns.ts', 'sharing/pushToHub.ts', 'comparison/cards.ts'],
      ...['commands/compareRuns.ts', 'commands/exportReport.ts'],
    ];
    const beginning = readdirSync(views, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.ts') && begins.test(readFileSync(join(views, name), 'utf8')));
    assert.deepEqual(
      others.filter((name) => !beginning.includes(name)),
      [],
    );
    // These begin a run by another's function, which decides nothing.
    const deciding = [...beginning, 'commands/trySample.ts', 'commands/resumeRun.ts'];
    for (const name of deciding.filter((each) => !others.includes(each))) {
      assert.match(readFileSync(join(views, name), 'utf8'), /\b(mayRunHere|runsOnSlurm)\(/, name);
    }
  });
});
