import { isScalar, isSeq } from 'yaml';
import { shown } from '../files/reading/shown.ts';
import { nearestName } from './nearestName.ts';
import type { RecipeKey } from './recipeTable.ts';

/* Turns a value of a recipe into the words that the command line would be given. */

/** More is no list that anybody wrote. */
const mostItems = 10_000;

const needed = {
  flag: 'true or false',
  number: 'a number',
  whole: 'a whole number of at least 0',
  count: 'a whole number of at least 1',
  samples: 'a whole number of at least 1, or all',
  memory: 'auto, or for example 4GB, 512MB or 4GiB',
  text: 'a text',
} as const satisfies Readonly<Record<RecipeKey['kind'], string>>;

type Word = { readonly word: string } | { readonly wrong: string };

/** A number as the command line reads it; undefined for what is none. */
function numberWord(value: unknown, kind: RecipeKey['kind']): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  if (kind === 'number') return String(value);
  return Number.isSafeInteger(value) && value >= (kind === 'whole' ? 0 : 1) ? String(value) : undefined;
}

function wordOf({ name, kind, choices, fault }: RecipeKey, node: unknown): Word {
  const wrong = (value: unknown): Word => ({
    wrong: `${name} is ${shown(value)}, but must be ${choices.length > 0 ? `one of ${choices.join(', ')}` : needed[kind]}.`,
  });
  if (!isScalar(node)) return { wrong: `${name} is a list or a mapping, but must be ${needed[kind]}.` };
  const { value, source } = node;
  if (value === null || value === undefined) return { wrong: `${name} has no value: write one, or leave the key out.` };
  if (kind === 'flag') return typeof value === 'boolean' ? { word: String(value) } : wrong(value);
  // Where a text is meant, 007 and true are the texts that they look like.
  const text = typeof value === 'string' ? value : (source ?? String(value));
  if (choices.length > 0) {
    if (choices.includes(text)) return { word: text };
    const near = nearestName(text, choices);
    const { wrong: said } = wrong(text) as { readonly wrong: string };
    return { wrong: near === undefined ? said : `${said} Did you mean "${near}"?` };
  }
  let word: string | undefined;
  if (kind === 'text') word = text;
  else if (kind === 'memory') word = typeof value === 'boolean' ? undefined : text;
  else if (kind === 'samples' && value === 'all') word = 'all';
  else word = numberWord(value, kind);
  if (word === undefined) return wrong(value);
  if (word === '' || word.includes('\0')) return { wrong: `${name} is ${shown(word)}, but must be ${needed[kind]}.` };
  const said = fault(word);
  return said === undefined ? { word } : { wrong: `${name} is ${shown(word)}. ${said}` };
}

/**
 * The words of a key's value.
 *
 * @param node of the YAML document: a scalar, or a list of them
 * @returns the sentence about what is wrong, where something is
 */
export function valueWords(key: RecipeKey, node: unknown): readonly string[] | string {
  const { name, several } = key;
  if (!isSeq(node)) {
    const read = wordOf(key, node);
    return 'word' in read ? [read.word] : read.wrong;
  }
  if (several === 'no') return `${name} is a list, but takes one value.`;
  if (node.items.length === 0) return `${name} is an empty list: write a value, or leave the key out.`;
  if (node.items.length > mostItems) return `${name} has more than ${mostItems.toLocaleString('en-US')} values.`;
  const words: string[] = [];
  for (const item of node.items) {
    const read = wordOf(key, item);
    if ('wrong' in read) return read.wrong;
    words.push(read.word);
  }
  return words;
}
