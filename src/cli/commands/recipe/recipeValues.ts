import type { RecipeValue } from '../../../recipe/parsedRecipe.ts';
import type { RecipeKey } from '../../../recipe/recipeTable.ts';
import type { WrittenOptions } from './writtenOptions.ts';

/* Values of a recipe: chosen, handed down, and as words of a command. */

/** By the keys' names. */
export type Values = ReadonlyMap<string, RecipeValue>;

/** The words by which a command is told a key's values. */
function wordsOf({ key, words }: RecipeValue): string[] {
  const option = `--${key.name}`;
  if (key.kind === 'flag') {
    const usual = key.usual === 'true' || key.name === 'verdict';
    return String(usual) === words[0] ? [] : [words[0] === 'true' ? option : `--no-${key.name}`];
  }
  // With an equals sign a value may begin with a dash.
  if (key.several === 'commas') return [`${option}=${words.join(',')}`];
  return words.map((word) => `${option}=${word}`);
}

export function allWords(values: Values): string[] {
  return [...values.values()].flatMap(wordsOf);
}

/**
 * Values with those that the command line was given besides, which go before them.
 *
 * @param keys that may be among them
 */
export function withWritten(values: Values, written: WrittenOptions, keys: readonly RecipeKey[]): Values {
  const all = new Map(values);
  for (const key of keys) {
    const words = written.get(key.name);
    if (words === undefined) continue;
    all.set(key.name, { key, words: key.kind === 'flag' ? ['true'] : words, start: 0, end: 0, line: 0 });
  }
  return all;
}

export function only(values: Values, keep: (name: string) => boolean): Map<string, RecipeValue> {
  return new Map([...values].filter(([name]) => keep(name)));
}

/** A section's own values, and of the top's those that hold for it too. */
export function inherited(own: Values, top: Values, names: readonly string[], known: readonly RecipeKey[]): Values {
  const values = new Map<string, RecipeValue>();
  for (const name of names) {
    const value = top.get(name);
    if (value !== undefined && known.some((key) => key.name === name)) values.set(name, value);
  }
  for (const [name, value] of own) values.set(name, value);
  return values;
}

export function last(values: Values, name: string): string | undefined {
  return values.get(name)?.words.at(-1);
}
