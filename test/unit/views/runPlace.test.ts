import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
    // Each of these runs models, here or through a run that it starts.
    const deciding = [
      ...['commands/rejuvenate', 'commands/sweepRecord', 'commands/verifyRecord', 'commands/commitRecord'],
      ...['commands/measureReadiness', 'commands/measureRecord', 'commands/compareCheckpoints', 'commands/trySample'],
      ...['commands/resumeRun', 'recipes/runRecipe', 'jobs/engineKeeper', 'agents/languageModelTools'],
    ];
    for (const name of deciding) {
      const text = readFileSync(join(root, 'src', 'views', `${name}.ts`), 'utf8');
      assert.match(text, /\b(mayRunHere|runsOnSlurm)\(/, name);
    }
  });
});
