import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRecipe } from '../../src/cli/commands/recipe/openRecipe.ts';
import { currentRecipeTable } from '../../src/cli/commands/recipe/recipeCommands.ts';
import { recipeSteps } from '../../src/cli/commands/recipe/recipeSteps.ts';
import { recipeHover, recipeOffers } from '../../src/recipe/recipeOffers.ts';
import type { Format } from './format.ts';
import { jsonText } from './mutations.ts';

/* Recipes, as JSON, which is YAML too, and as YAML. What is accepted becomes commands; an editor looks at all of it. */

const seeds = [
  {
    base: 'b',
    sft: 's',
    calibration: ['c'],
    alpha: 0.5,
    samples: 'all',
    out: 'o',
    sweep: { rho: [0, 0.01], seeds: 2 },
  },
  {
    ...{ recipe: 1, base: 'b', sft: 's', calibration: 'c', memory: '4GB', overwrite: true },
    ...{
      outputs: [
        { out: 'a', dtype: 'f16' },
        { out: 'b', rho: 0 },
      ],
      readiness: { verdict: false, max: 'dead@8=1' },
    },
  },
];
const texts = [
  'base: b\nsft: s\ncalibration:\n  - c\n  - "d"\nout: o # here\nrho: 1e-2\nreadiness:\n  prompts: p\n',
  'base: &a b\nsft: *a\ncalibration: !!set {c}\n? x\n: |\n  text\noutputs:\n- out: >-\n    o\n',
];

export function recipeFormat(folder: string): Format<string> {
  const path = join(folder, 'a.rejuvenation.yaml');
  const table = currentRecipeTable();
  return {
    name: 'recipe',
    inputs: jsonText(seeds, texts),
    async read(text) {
      const line = text.length % (text.split('\n').length + 1);
      for (const column of [0, 3, 12]) {
        recipeOffers(text, line, column, table);
        recipeHover(text, line, column, table);
      }
      await writeFile(path, text);
      return recipeSteps(await openRecipe(path, table), new Map(), table);
    },
  };
}
