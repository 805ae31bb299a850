import { keyWords, type RecipeKey, type RecipeTable, recipeVersion, versionKey } from './recipeTable.ts';

/*
 * What an editor offers in a recipe, and what it says of a key. It goes by lines and their indentation, not by a YAML tree: what
 * is being typed is seldom whole.
 */

export interface RecipeOffer {
  readonly text: string;
  /** What is put in: a key with its colon. */
  readonly insert: string;
  readonly kind: 'key' | 'section' | 'value';
  readonly description: string;
}

/** Offers, and the column from which they replace what stands there. */
export interface RecipeOffers {
  readonly from: number;
  readonly offers: readonly RecipeOffer[];
}

/** A line's parts: indentation, dash of a list, key, what follows. */
const keyLine = /^(\s*)((?:-\s+)*)([A-Za-z][\w-]*)\s*:(?:\s|$)/;

interface Context {
  readonly keys: readonly RecipeKey[];
  /** The section that the line is in; undefined: the top. */
  readonly section: string | undefined;
}

/** The nearest line above that begins a key at the left edge. */
function ownerOf(lines: readonly string[], at: number): string | undefined {
  for (let i = at - 1; i >= 0; i--) {
    const [, indent, dash, name] = keyLine.exec(lines[i]!) ?? [];
    if (name !== undefined && indent === '' && dash === '') return name;
  }
  return undefined;
}

/** Where a line is; undefined within a key that has no keys of its own. */
function contextOf(lines: readonly string[], at: number, table: RecipeTable): Context | undefined {
  if (!/^[\s-]/.test(lines[at] ?? '')) return { keys: table.keys, section: undefined };
  const owner = ownerOf(lines, at);
  const section = table.sections.find(({ name }) => name === owner);
  if (section !== undefined) return { keys: section.keys, section: section.name };
  return owner === undefined ? { keys: table.keys, section: undefined } : undefined;
}

/** Keys that the mapping of a line has already. */
function keysBeside(lines: readonly string[], at: number, { section }: Context): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (from: number, step: 1 | -1) => {
    for (let i = from; i >= 0 && i < lines.length; i += step) {
      if (i === at) continue;
      const [, indent = '', dash = '', name] = keyLine.exec(lines[i]!) ?? [];
      if (name === undefined) continue;
      const inner = indent !== '' || dash !== '';
      if (section === undefined) {
        if (!inner) found.add(name);
        continue;
      }
      if (!inner) return;
      // An entry of a list begins at its dash.
      if (dash !== '' && step === 1) return;
      found.add(name);
      if (dash !== '') return;
    }
  };
  if (!/^\s*-\s/.test(lines[at] ?? '')) collect(at - 1, -1);
  collect(at + 1, 1);
  return found;
}

function keyOffer(key: RecipeKey): RecipeOffer {
  return { text: key.name, insert: `${key.name}: `, kind: 'key', description: keyWords(key) };
}

function valuesOf({ kind, choices, offered = [] }: RecipeKey): readonly string[] {
  if (choices.length > 0) return choices;
  if (kind === 'flag') return ['true', 'false'];
  if (kind === 'samples') return ['all'];
  if (kind === 'memory') return ['auto'];
  return offered;
}

function valueOffers(key: RecipeKey): RecipeOffer[] {
  return valuesOf(key).map((text) => ({ text, insert: text, kind: 'value', description: key.description }));
}

/**
 * What can stand at a place of a recipe.
 *
 * @param line from 0
 * @param column from 0, in UTF-16 units
 */
export function recipeOffers(text: string, line: number, column: number, table: RecipeTable): RecipeOffers {
  const lines = text.split(/\r?\n/);
  const before = (lines[line] ?? '').slice(0, column);
  const context = contextOf(lines, line, table);
  const [whole, , , name] = keyLine.exec(before.endsWith(':') ? `${before} ` : before) ?? [];
  if (name !== undefined && whole !== undefined && context !== undefined) {
    const key = context.keys.find((each) => each.name === name);
    const typed = /[\w-]*$/.exec(before)![0];
    if (name === versionKey && context.section === undefined) {
      const version = `${recipeVersion}`;
      return { from: column, offers: [{ text: version, insert: version, kind: 'value', description: '' }] };
    }
    return { from: column - typed.length, offers: key === undefined ? [] : valueOffers(key) };
  }
  const [, indent, typed] = /^(\s*(?:-\s+)*)([\w-]*)$/.exec(before) ?? [];
  if (typed === undefined) return { from: column, offers: [] };
  const from = column - typed.length;
  if (context === undefined) {
    // An entry of a key's own list.
    const owner = table.keys.find((key) => key.name === ownerOf(lines, line));
    return { from, offers: owner === undefined || !indent!.includes('-') ? [] : valueOffers(owner) };
  }
  const present = keysBeside(lines, line, context);
  const offers = context.keys.filter((key) => !present.has(key.name)).map(keyOffer);
  if (context.section !== undefined) return { from, offers };
  const sections = table.sections
    .filter((section) => !present.has(section.name))
    .map(({ name: text, description, list }): RecipeOffer => {
      return { text, insert: `${text}:\n  ${list ? '- ' : ''}`, kind: 'section', description };
    });
  return { from, offers: [...offers, ...sections] };
}

/** What is known of the key at a place; undefined where none is. */
export function recipeHover(
  text: string,
  line: number,
  column: number,
  table: RecipeTable,
): { readonly name: string; readonly description: string; readonly from: number; readonly to: number } | undefined {
  const lines = text.split(/\r?\n/);
  const [, indent = '', dash = '', name] = keyLine.exec(lines[line] ?? '') ?? [];
  if (name === undefined) return undefined;
  const from = indent.length + dash.length;
  if (column < from || column > from + name.length) return undefined;
  const context = contextOf(lines, line, table);
  const key = context?.keys.find((each) => each.name === name);
  const section = context?.section === undefined ? table.sections.find((each) => each.name === name) : undefined;
  const description = key ? keyWords(key) : section?.description;
  return description === undefined ? undefined : { name, description, from, to: from + name.length };
}
