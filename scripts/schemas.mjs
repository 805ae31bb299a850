// Writes what is published of schemas: the tools for agents into package.json, what --json prints into docs/schemas, and
// media/recipe.schema.json. Tests hold all of them to the sources.
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentTools } from '../src/agents/toolSet.ts';
import { currentRecipeTable } from '../src/cli/commands/recipe/recipeCommands.ts';
import { publishedSchemas } from '../src/cli/output/json/publishedSchemas.ts';
import { recipeSchema } from '../src/recipe/recipeSchema.ts';
import { manifestTools } from '../src/views/agents/manifestTools.ts';
import { root } from './paths.mjs';

const text = (value) => `${JSON.stringify(value, undefined, 2)}\n`;

const manifestPath = join(root, 'package.json');
const manifest = JSON.parse(await readFile(manifestPath, 'utf8'));
const { commands, languageModelTools: _, ...rest } = manifest.contributes;
manifest.contributes = { commands, languageModelTools: manifestTools(agentTools), ...rest };
await writeFile(manifestPath, text(manifest));

const folder = join(root, 'docs', 'schemas');
await mkdir(folder, { recursive: true });
const schemas = publishedSchemas();
for (const name of await readdir(folder)) if (!schemas.has(name)) await rm(join(folder, name));
for (const [name, schema] of schemas) await writeFile(join(folder, name), text(schema));

await writeFile(join(root, 'media', 'recipe.schema.json'), text(recipeSchema(currentRecipeTable())));

const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const { status } = spawnSync(process.execPath, [biome, 'format', '--write', manifestPath, folder], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
