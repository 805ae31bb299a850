// Writes media/recipe.schema.json, the JSON Schema of recipes, from the options of the command line: `npm run schema`.
import { writeFile } from 'node:fs/promises';
import { currentRecipeTable } from '../src/cli/commands/recipe/recipeCommands.ts';
import { recipeSchema } from '../src/recipe/recipeSchema.ts';
import { root } from './paths.mjs';

await writeFile(`${root}/media/recipe.schema.json`, `${JSON.stringify(recipeSchema(currentRecipeTable()), null, 2)}\n`);
