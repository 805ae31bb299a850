import {
  keyWords,
  type RecipeKey,
  type RecipeSection,
  type RecipeTable,
  recipeVersion,
  versionKey,
} from './recipeTable.ts';

/* The JSON Schema of recipes, by which editors complete and check them. */

type Schema = Readonly<Record<string, unknown>>;

const kinds = {
  flag: { type: 'boolean' },
  number: { type: 'number' },
  whole: { type: 'integer', minimum: 0 },
  count: { type: 'integer', minimum: 1 },
  samples: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'all' }] },
  memory: { type: ['string', 'integer'] },
  text: { type: ['string', 'number'] },
} as const satisfies Readonly<Record<RecipeKey['kind'], Schema>>;

function keySchema(key: RecipeKey): Schema {
  const { kind, choices, several } = key;
  const one: Schema = choices.length > 0 ? { enum: choices } : kinds[kind];
  const value = several === 'no' ? one : { anyOf: [one, { type: 'array', items: one, minItems: 1 }] };
  return { description: keyWords(key), ...value };
}

function mapping(keys: readonly RecipeKey[], before: Schema = {}, after: Schema = {}): Schema {
  const required = keys.filter((key) => key.required).map(({ name }) => name);
  return {
    type: 'object',
    properties: { ...before, ...Object.fromEntries(keys.map((key) => [key.name, keySchema(key)])), ...after },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function sectionSchema({ description, list, keys }: RecipeSection): Schema {
  return list ? { description, type: 'array', items: mapping(keys), minItems: 1 } : { description, ...mapping(keys) };
}

/** The schema of all that a recipe may say, as JSON Schema (draft 7, which VS Code's editors know). */
export function recipeSchema({ keys, sections }: RecipeTable): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Rejuvenation recipe',
    description: 'A run of rejuvenate as a file: rejuvenate run RECIPE. Relative paths are relative to the recipe.',
    ...mapping(
      keys,
      { [versionKey]: { description: 'Version of this format.', const: recipeVersion } },
      Object.fromEntries(sections.map((section) => [section.name, sectionSchema(section)])),
    ),
  };
}
