import { InputError } from '../../../errors.ts';
import type { RecipeValue } from '../../../recipe/parsedRecipe.ts';
import type { RecipeKey, RecipeTable } from '../../../recipe/recipeTable.ts';
import { recordSuffix } from '../../../record/run/recordPaths.ts';
import type { Output } from '../../../run/files/outputPaths.ts';
import { sweepPathFor } from '../../../run/sweep/runSweeps.ts';
import { defaultRecord } from '../options/defaultRecord.ts';
import { type OpenRecipe, placeIn } from './openRecipe.ts';
import type { WrittenOptions } from './writtenOptions.ts';

/* What a recipe comes to: commands one after the other, each with the words that it would be typed with. */

export interface RecipeStep {
  readonly command: 'attribute' | 'commit' | 'sweep' | 'readiness';
  /** For people: what the step makes. */
  readonly named: string;
  /** What the words are from, by name. */
  readonly values: ReadonlyMap<string, RecipeValue>;
  readonly words: readonly string[];
  /** What it writes. */
  readonly outputs: readonly Output[];
}

export interface RecipeSteps {
  readonly record: string;
  readonly steps: readonly RecipeStep[];
}

type Values = ReadonlyMap<string, RecipeValue>;

/** How the engine computes, which holds for the whole recipe unless a section says otherwise. */
const ofTheEngine = ['device', 'memory', 'processes', 'threads', 'weights', 'precision', 'overwrite'] as const;
/** How texts become tokens, likewise. */
const ofRendering = ['chat-template', 'template-arg', 'special-tokens'] as const;
const ofOutputs = ['alpha', 'rho', 'dtype', 'overwrite'] as const;

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

function allWords(values: Values): string[] {
  return [...values.values()].flatMap(wordsOf);
}

/** The top's values with those that the command line was given besides, which go before them. */
function withWritten(top: Values, written: WrittenOptions, table: RecipeTable): Values {
  const values = new Map(top);
  for (const [name, texts] of written) {
    const key = table.keys.find((each) => each.name === name);
    if (key === undefined) continue;
    values.set(name, { key, words: key.kind === 'flag' ? ['true'] : texts, start: 0, end: 0, line: 0 });
  }
  return values;
}

function only(values: Values, keep: (name: string) => boolean): Map<string, RecipeValue> {
  return new Map([...values].filter(([name]) => keep(name)));
}

/** A section's own values, and of the top's those that hold for it too. */
function inherited(own: Values, top: Values, names: readonly string[], known: readonly RecipeKey[]): Values {
  const values = new Map<string, RecipeValue>();
  for (const name of names) {
    const value = top.get(name);
    if (value !== undefined && known.some((key) => key.name === name)) values.set(name, value);
  }
  for (const [name, value] of own) values.set(name, value);
  return values;
}

function fileOutput(what: string, path: string | undefined): Output[] {
  return path === undefined ? [] : [{ what, path, kind: 'file' }];
}

function last(values: Values, name: string): string | undefined {
  return values.get(name)?.words.at(-1);
}

/**
 * What a recipe's outputs are, each with its alpha, rho and dtype; none: the record alone.
 *
 * @throws InputError where it is not clear which are meant
 */
function outputsOf(recipe: OpenRecipe, top: Values): readonly Values[] {
  const { path, sections } = recipe;
  const listed = sections.get('outputs');
  const out = top.get('out');
  if (listed === undefined) {
    if (out !== undefined) return [only(top, (name) => name === 'out' || ofOutputs.some((each) => each === name))];
    const dtype = top.get('dtype');
    if (dtype === undefined) return [];
    throw new InputError(`${placeIn(path, dtype)}: dtype is of a checkpoint that is written: give out or outputs too.`);
  }
  if (out !== undefined && out.line > 0) {
    throw new InputError(`${placeIn(path, out)}: give either out or outputs, which has several.`);
  }
  if (out !== undefined && listed.length > 1) {
    throw new InputError(`${quotedName(path)} has ${listed.length} outputs: --out can name only the place of one.`);
  }
  return listed.map(({ values }) => {
    const one = inherited(
      values,
      top,
      ofOutputs,
      [...values.values(), ...top.values()].map(({ key }) => key),
    );
    return out === undefined ? one : new Map([...one, ['out', out]]);
  });
}

function quotedName(path: string): string {
  return placeIn(path, { line: 1 }).replace(/, line 1$/, '');
}

/**
 * The steps of a recipe.
 *
 * @param written options that the command line was given besides: they go before those of the recipe
 * @throws InputError for what is missing, or does not go together
 */
export function recipeSteps(recipe: OpenRecipe, written: WrittenOptions, table: RecipeTable): RecipeSteps {
  const { path, sections } = recipe;
  const top = withWritten(recipe.top.values, written, table);
  for (const { name, required } of table.keys) {
    if (required && !top.has(name)) throw new InputError(`${quotedName(path)} lacks ${name}: add a line "${name}: …".`);
  }
  const outputs = outputsOf(recipe, top);
  for (const [at, output] of outputs.entries()) {
    if (output.has('out')) continue;
    throw new InputError(`${placeIn(path, sections.get('outputs')![at]!)}: this output lacks out, its folder.`);
  }
  const first = outputs[0] && last(outputs[0], 'out');
  const record = last(top, 'record') ?? (first === undefined ? undefined : defaultRecord(first));
  if (record === undefined) {
    throw new InputError(`${quotedName(path)} has no output: add out, outputs, or record: NAME${recordSuffix}.`);
  }
  const measured = only(top, (name) => !['out', 'dtype', 'record', 'json'].includes(name));
  const json = last(top, 'json') === 'true' ? ['--json'] : [];
  const steps: RecipeStep[] = [
    {
      command: 'attribute',
      named: record,
      values: top,
      words: [...allWords(measured), `--record=${record}`, ...json],
      outputs: [{ what: 'record', path: record, kind: 'file' }],
    },
    ...outputs.map((values): RecipeStep => {
      const words = [...allWords(only(values, (name) => name !== 'json')), ...json, '--', record];
      const path = last(values, 'out')!;
      return { command: 'commit', named: path, values, words, outputs: [{ what: 'checkpoint', path, kind: 'folder' }] };
    }),
  ];
  const section = (name: string) => ({
    own: sections.get(name)?.[0]?.values,
    keys: table.sections.find((each) => each.name === name)!.keys,
  });
  const sweep = section('sweep');
  if (sweep.own !== undefined) {
    const names = sweep.own.has('prompts') ? [...ofTheEngine, ...ofRendering] : ofTheEngine;
    const values = inherited(
      only(sweep.own, (name) => name !== 'json'),
      top,
      names,
      sweep.keys,
    );
    const path = last(values, 'out') ?? sweepPathFor(record);
    const beside = [fileOutput('CSV file', last(values, 'csv')), fileOutput('figure', last(values, 'figure'))].flat();
    const outputs = [...fileOutput('sweep record', path), ...beside];
    steps.push({ command: 'sweep', named: path, values, words: [...allWords(values), ...json, '--', record], outputs });
  }
  const readiness = section('readiness');
  if (readiness.own !== undefined) {
    const own = readiness.own;
    const elsewhere = own.has('endpoint') || own.has('rollouts');
    const names = [...ofTheEngine, ...ofRendering, ...(elsewhere ? [] : ['base'])];
    const skipped = new Set(['json', 'checkpoints']);
    const values = inherited(
      only(own, (name) => !skipped.has(name)),
      top,
      names,
      readiness.keys,
    );
    const usual = elsewhere ? [] : [...(top.get('sft')?.words ?? []), ...outputs.map((each) => last(each, 'out')!)];
    const checkpoints = own.get('checkpoints')?.words ?? usual;
    const words = [...allWords(values), ...json, '--', ...checkpoints];
    const path = last(values, 'out');
    const written = fileOutput('readiness record', path);
    steps.push({ command: 'readiness', named: path ?? 'checkpoints', values, words, outputs: written });
  }
  return { record, steps };
}
