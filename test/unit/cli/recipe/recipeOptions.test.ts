import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../../../../src/cli/commands/program.ts';
import { currentRecipeTable } from '../../../../src/cli/commands/recipe/recipeCommands.ts';
import { recipeSchema } from '../../../../src/recipe/recipeSchema.ts';
import { root } from '../../../paths.ts';

/* The options of the command line and the schema of recipes say the same. */

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly description?: string;
}

const published = JSON.parse(readFileSync(join(root, 'media', 'recipe.schema.json'), 'utf8')) as Schema;

/** Long names in a command's help, without what is about this one call. */
function helpOf(name: string): string[] {
  const ignore = () => undefined;
  const context = { print: ignore, say: ignore, onEvent: ignore, signal: new AbortController().signal };
  const startEngine = () => assert.fail('an engine was started');
  const program = buildProgram({ ...context, startEngine }, () => assert.fail('devices were probed'));
  const help = program.commands.find((command) => command.name() === name)!.helpInformation();
  const names = [...help.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(([, long]) => long!);
  // These are about the one call, not about what is made; a recipe waits for Slurm by itself.
  const calls = ['help', 'write-recipe', 'slurm', 'dry-run', 'wait', 'shard', 'phase', 'partials'];
  return names.filter((long) => !calls.includes(long)).sort();
}

/** Keys that stand for options; `verdict: false` is --no-verdict. */
function optionsOf({ properties }: Schema, others: readonly string[] = []): string[] {
  const names = Object.keys(properties).filter((key) => !others.includes(key));
  return names.map((key) => (key === 'verdict' ? 'no-verdict' : key)).sort();
}

describe('options of the command line in recipes', () => {
  const { properties } = published;

  it('are all in the published schema, and nothing else is', () => {
    const run = new Set([...helpOf('run'), ...helpOf('attribute')]);
    assert.ok(run.size > 25, `${run.size} options`);
    // What is of Slurm stands in its section, for every command.
    const slurm = optionsOf(properties['slurm']!);
    assert.ok(slurm.length >= 13 && slurm.every((name) => run.has(name)), slurm.join());
    const others = (names: Iterable<string>) => [...names].filter((name) => !slurm.includes(name)).sort();
    assert.deepEqual(optionsOf(published, ['recipe', 'outputs', 'sweep', 'readiness', 'slurm']), others(run));
    assert.deepEqual(optionsOf(properties['outputs']!.items!), others(helpOf('commit')));
    assert.deepEqual(optionsOf(properties['sweep']!), others(helpOf('sweep')));
    assert.deepEqual(optionsOf(properties['readiness']!, ['checkpoints']), others(helpOf('readiness')));
  });

  it('are published as they are now', () => {
    const now = JSON.parse(JSON.stringify(recipeSchema(currentRecipeTable()))) as Schema;
    assert.deepEqual(published, now, 'media/recipe.schema.json is not what the options say: run "npm run schemas"');
  });

  it('have their types, choices and what holds without them', () => {
    const one = (name: string) => JSON.parse(JSON.stringify({ ...properties[name], description: '' })) as unknown;
    assert.deepEqual(one('alpha'), { description: '', type: 'number' });
    assert.deepEqual(one('top-n'), { description: '', type: 'integer', minimum: 0 });
    assert.deepEqual(one('renamed-rows'), { description: '', enum: ['keep', 'fuse'] });
    assert.deepEqual(one('samples'), { description: '', anyOf: [{ type: 'integer', minimum: 1 }, { const: 'all' }] });
    assert.match(properties['rho']!.description!, /Left out: 0\.01\.$/);
    const text = { type: ['string', 'number'] };
    const several = { anyOf: [text, { type: 'array', items: text, minItems: 1 }] };
    assert.deepEqual(one('calibration'), { description: '', ...several });
    assert.deepEqual(
      { ...properties['sweep']!.properties['anchor'], description: '' },
      { description: '', ...several },
    );
  });
});
