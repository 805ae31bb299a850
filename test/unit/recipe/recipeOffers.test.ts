import assert from 'node:assert/strict';
import { currentRecipeTable } from '../../../src/cli/commands/recipe/recipeCommands.ts';
import { recipeHover, recipeOffers } from '../../../src/recipe/recipeOffers.ts';

/* What an editor offers in a recipe that is being written; the caret is where `|` stands. */

const table = currentRecipeTable();

function place(marked: string) {
  const at = marked.indexOf('|');
  const before = marked.slice(0, at).split('\n');
  return [marked.slice(0, at) + marked.slice(at + 1), before.length - 1, before.at(-1)!.length, table] as const;
}

const offered = (marked: string) => recipeOffers(...place(marked)).offers.map(({ text }) => text);

describe('what is offered in a recipe', () => {
  it('is, at the top, every key that is not there yet, and the sections', () => {
    const names = offered('base: x\n|\nrho: 0.1\nsweep:\n  alpha: 1\n');
    for (const name of ['sft', 'alpha', 'outputs', 'readiness']) assert.ok(names.includes(name), name);
    for (const name of ['base', 'rho', 'sweep', 'seeds', 'write-recipe', 'help']) {
      assert.ok(!names.includes(name), name);
    }
  });

  it('is, in a section, what that section has; in each entry of a list anew', () => {
    assert.ok(offered('sweep:\n  s|').includes('seeds'));
    assert.ok(!offered('sweep:\n  seeds: 3\n  |').includes('seeds'));
    assert.deepEqual(offered('outputs:\n  - out: x\n    rho: 0.1\n  - |'), [
      ...['out', 'alpha', 'rho', 'dtype', 'overwrite', 'json'],
    ]);
    assert.deepEqual(offered('outputs:\n- out: x\n  |\n- rho: 1\n'), ['alpha', 'rho', 'dtype', 'overwrite', 'json']);
    assert.ok(offered('readiness:\n  |').includes('checkpoints'));
  });

  it('is, after a key, its values', () => {
    assert.deepEqual(offered('renamed-rows: |'), ['keep', 'fuse']);
    assert.deepEqual(offered('renamed-rows:|'), ['keep', 'fuse']);
    assert.deepEqual(offered('outputs:\n  - dtype: b|'), ['bf16', 'f16', 'f32']);
    assert.deepEqual(offered('readiness:\n  verdict: |'), ['true', 'false']);
    assert.deepEqual(offered('recipe: |'), ['1']);
    assert.deepEqual(offered('base: |'), []);
    assert.deepEqual(offered('calibration:\n  - |'), []);
    assert.deepEqual(offered('calibration:\n  |'), []);
  });

  it('replaces what was typed, and a section begins on a line of its own', () => {
    const { from, offers } = recipeOffers(...place('base: x\nread|'));
    assert.equal(from, 0);
    assert.equal(offers.find(({ text }) => text === 'readiness')!.insert, 'readiness:\n  ');
    assert.equal(offers.find(({ text }) => text === 'outputs')!.insert, 'outputs:\n  - ');
    assert.equal(recipeOffers(...place('outputs:\n  - dtype: b|')).from, 11);
  });

  it('is explained where the pointer rests on a key', () => {
    assert.match(recipeHover(...place('rho|: 1'))!.description, /one target token may select\. Left out: 0\.01\.$/);
    assert.match(recipeHover(...place('outputs:\n  - r|ho: 1'))!.description, /Left out: the record's/);
    assert.match(recipeHover(...place('swe|ep:\n'))!.description, /many alphas and rhos/);
    assert.equal(recipeHover(...place('rho: |1')), undefined);
    assert.equal(recipeHover(...place('nothing|: 1')), undefined);
  });
});
