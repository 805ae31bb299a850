import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type YAMLMap } from 'yaml';
import { shown, shownReason } from '../files/reading/shown.ts';
import { yamlDocument } from '../files/reading/yamlDocument.ts';
import { nearestName } from './nearestName.ts';
import type { ParsedRecipe, Place, RecipeFault, RecipeValue, RecipeValues } from './parsedRecipe.ts';
import { type RecipeKey, type RecipeTable, recipeVersion, versionKey } from './recipeTable.ts';
import { valueWords } from './valueWords.ts';

/* Reads a recipe's text by the table of what it may say. */

/** Largest recipe, in characters: none needs a tenth of it. */
const mostCharacters = 200_000;
/** Faults that are told of at most. */
const mostFaults = 100;

class Reader {
  readonly faults: RecipeFault[] = [];
  readonly #lines: LineCounter;
  readonly #table: RecipeTable;

  constructor(table: RecipeTable, lines: LineCounter) {
    this.#table = table;
    this.#lines = lines;
  }

  place(start: number, end: number): Place {
    return { start, end, line: Math.max(1, this.#lines.linePos(start).line) };
  }

  of(node: unknown): Place {
    const range = isNode(node) ? node.range : undefined;
    return this.place(range?.[0] ?? 0, range?.[1] ?? 1);
  }

  fault(place: Place, message: string): void {
    if (this.faults.length < mostFaults) this.faults.push({ ...place, message });
  }

  /** What every value must be before it is looked at: written out, and plain. */
  isPlain(node: unknown): node is Node {
    if (isAlias(node)) this.fault(this.of(node), 'A recipe has no aliases (*name): write the value out.');
    else if (isNode(node) && 'anchor' in node && node.anchor !== undefined)
      this.fault(this.of(node), 'A recipe has no anchors (&name): leave it out.');
    else if (isNode(node) && node.tag !== undefined)
      this.fault(this.of(node), `A recipe has no tags, as ${shown(node.tag)} is: leave it out.`);
    else return isNode(node);
    return false;
  }

  /** The pairs of a mapping, each with its key's name and place. */
  *pairs(map: YAMLMap): Generator<{ readonly name: string; readonly at: Place; readonly value: unknown }> {
    const seen = new Map<string, number>();
    for (const { key, value } of map.items) {
      const at = this.of(key);
      if (!this.isPlain(key)) continue;
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.fault(at, 'A key must be a name.');
        continue;
      }
      const first = seen.get(key.value);
      if (first !== undefined) {
        this.fault(at, `${shown(key.value)} stands here a second time; it is in line ${first} already.`);
        continue;
      }
      seen.set(key.value, at.line);
      yield { name: key.value, at, value };
    }
  }

  /** @param known what else may stand in this mapping */
  unknown(name: string, at: Place, keys: readonly RecipeKey[], where: string, known: readonly string[]): void {
    const near = nearestName(name, [...keys.map((key) => key.name), ...known]);
    const elsewhere = this.#table.sections.find((section) => section.keys.some((key) => key.name === name));
    const top = this.#table.keys.some((key) => key.name === name);
    let hint = '';
    if (top) hint = ' It belongs at the top of the recipe.';
    else if (elsewhere !== undefined) hint = ` It belongs under ${elsewhere.name}.`;
    else if (near !== undefined) hint = ` Did you mean "${near}"?`;
    this.fault(at, `${shown(name)} is no key of ${where}.${hint}`);
  }

  value(key: RecipeKey, at: Place, node: unknown): RecipeValue | undefined {
    const place = node === null || node === undefined ? at : this.of(node);
    const items = isSeq(node) ? node.items : [node];
    if ((isNode(node) && !this.isPlain(node)) || !items.every((item) => !isNode(item) || this.isPlain(item))) {
      return undefined;
    }
    const read = valueWords(key, node);
    if (typeof read === 'string') {
      this.fault(place, read);
      return undefined;
    }
    return { key, words: read, start: at.start, end: place.end, line: at.line };
  }

  /** @param other takes what is no key of the table; returns whether it knew it */
  values(
    map: YAMLMap,
    keys: readonly RecipeKey[],
    where: string,
    known: readonly string[] = [],
    other: (name: string, at: Place, value: unknown) => boolean = () => false,
  ): RecipeValues {
    const values = new Map<string, RecipeValue>();
    for (const { name, at, value } of this.pairs(map)) {
      if (other(name, at, value)) continue;
      const key = keys.find((each) => each.name === name);
      if (key === undefined) this.unknown(name, at, keys, where, known);
      else {
        const read = this.value(key, at, value);
        if (read !== undefined) values.set(name, read);
      }
    }
    return { ...this.of(map), values };
  }
}

const nothing: RecipeValues = { values: new Map(), start: 0, end: 1, line: 1 };

function onlyFault(reader: Reader, place: Place, message: string): ParsedRecipe {
  reader.fault(place, message);
  return { top: nothing, sections: new Map(), faults: reader.faults };
}

/** Reads a recipe. What is wrong with it is listed, not thrown, so that an editor can show all of it. */
export function parseRecipe(text: string, table: RecipeTable): ParsedRecipe {
  const lines = new LineCounter();
  const reader = new Reader(table, lines);
  if (text.length > mostCharacters) {
    const most = mostCharacters.toLocaleString('en-US');
    return onlyFault(reader, reader.place(0, 1), `A recipe has at most ${most} characters, and this has more.`);
  }
  const document = yamlDocument(text, lines);
  if (document === undefined) {
    return onlyFault(reader, reader.place(0, 1), 'Its lists and mappings are nested too deeply.');
  }
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [start, end] = broken.pos;
    return onlyFault(
      reader,
      reader.place(start, Math.max(end, start + 1)),
      broken.code === 'MULTIPLE_DOCS'
        ? 'A recipe is one document: put what follows this line into a file of its own.'
        : `This is no YAML: ${ended(broken.message)}`,
    );
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return onlyFault(reader, reader.place(0, 1), 'The recipe is empty: it needs at least base, sft and calibration.');
  }
  if (!reader.isPlain(contents)) return { top: nothing, sections: new Map(), faults: reader.faults };
  if (!isMap(contents)) {
    return onlyFault(reader, reader.of(contents), 'A recipe is a mapping: lines of "key: value".');
  }
  const sections = new Map<string, readonly RecipeValues[]>();
  const names = table.sections.map(({ name }) => name);
  const top = reader.values(contents, table.keys, 'a recipe', [versionKey, ...names], (name, at, value) => {
    if (name === versionKey) {
      if (!isScalar(value) || value.value !== recipeVersion) {
        reader.fault(at, `This program reads recipes of version ${recipeVersion}: write "recipe: ${recipeVersion}".`);
      }
      return true;
    }
    const section = table.sections.find((each) => each.name === name);
    if (section === undefined) return false;
    if (!reader.isPlain(value)) return true;
    const items = section.list ? (isSeq(value) ? value.items : []) : [value];
    if (items.length === 0 || !items.every((item) => isAlias(item) || isMap(item))) {
      const form = section.list ? `a list whose entries are mappings: lines of "- key: value"` : 'a mapping';
      reader.fault(at, `${name} must be ${form}.`);
      return true;
    }
    const maps = items.filter((item) => reader.isPlain(item)).filter((item) => isMap(item));
    sections.set(
      name,
      maps.map((map) => reader.values(map, section.keys, name)),
    );
    return true;
  });
  const faults = reader.faults.sort((a, b) => a.start - b.start);
  return { top, sections, faults };
}

function ended(message: string): string {
  const text = shownReason(message.trim());
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
