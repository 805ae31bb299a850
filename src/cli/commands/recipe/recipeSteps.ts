import { InputError } from '../../../errors.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import type { RecipeValue } from '../../../recipe/parsedRecipe.ts';
import type { RecipeKey, RecipeTable } from '../../../recipe/recipeTable.ts';
import { recordSuffix } from '../../../record/run/recordPaths.ts';
import type { Output } from '../../../run/files/outputPaths.ts';
import { sweepPathFor } from '../../../run/sweep/runSweeps.ts';
import { defaultRecord } from '../options/defaultRecord.ts';
import { type OpenRecipe, placeIn } from './openRecipe.ts';
import { allWords, inherited, last, only, type Values, withWritten } from './recipeValues.ts';
import type { WrittenOptions } from './writtenOptions.ts';

/* What a recipe comes to: commands one after the other, each with the words that it would be typed with. */

export interface RecipeStep {
  readonly command: 'attribute' | 'commit' | 'sweep' | 'readiness';
  /** For people: what the step makes. */
  readonly named: string;
  /** What the words are from, by name. */
  readonly values: ReadonlyMap<string, RecipeValue>;
  readonly words: readonly string[];
  /** Words among them that do not change what is made. */
  readonly how: readonly string[];
  /** What it writes. */
  readonly outputs: readonly Output[];
  /** Earlier steps whose outputs it reads. */
  readonly after: readonly RecipeStep[];
}

export interface RecipeSteps {
  readonly record: string;
  readonly steps: readonly RecipeStep[];
}

/** How the engine computes, which holds for the whole recipe unless a section says otherwise. */
const ofTheEngine = ['device', 'memory', 'processes', 'threads', 'weights', 'precision', 'stage', 'overwrite'] as const;
/** How texts become tokens, likewise. */
const ofRendering = ['chat-template', 'template-arg', 'special-tokens'] as const;
/** What the top says of each output, which says where it goes itself. */
const ofOutput = (name: string, table: RecipeTable) =>
  name !== 'out' && name !== 'json' && table.commands.get('commit')!.has(name);

/** @throws InputError for options that go with a single command alone */
function refuseSingle(written: WrittenOptions, keys: readonly RecipeKey[]): void {
  for (const name of written.keys()) {
    if (name === 'slurm' || name === 'wait' || keys.some((key) => key.name === name)) continue;
    throw new InputError(`--${name} goes with a single command, not with a recipe: leave it out.`);
  }
}

/** By which words a command runs on Slurm; none where it cannot, or nobody asks for it. */
function slurmWords(command: string, values: Values | undefined, table: RecipeTable): string[] {
  const known = table.commands.get(command)!;
  if (values === undefined || !known.has('slurm')) return [];
  // The folder of the run itself; other steps have theirs.
  const taken = only(values, (name) => known.has(name) && (name !== 'run-folder' || command === 'attribute'));
  return ['--slurm', '--wait', ...allWords(taken)];
}

function fileOutput(what: string, path: string | undefined): Output[] {
  return path === undefined ? [] : [{ what, path, kind: 'file' }];
}

/**
 * What a recipe's outputs are, each with its alpha, rho and dtype; none: the record alone.
 *
 * @throws InputError where it is not clear which are meant
 */
function outputsOf(recipe: OpenRecipe, top: Values, table: RecipeTable): readonly Values[] {
  const { path, sections } = recipe;
  const listed = sections.get('outputs');
  const out = top.get('out');
  if (listed === undefined) {
    if (out !== undefined) return [only(top, (name) => name === 'out' || ofOutput(name, table))];
    const dtype = top.get('dtype');
    if (dtype === undefined) return [];
    throw new InputError(`${placeIn(path, dtype)}: dtype is of a checkpoint that is written: give out or outputs too.`);
  }
  if (out !== undefined && out.line > 0) {
    throw new InputError(`${placeIn(path, out)}: give either out or outputs, which has several.`);
  }
  if (out !== undefined && listed.length > 1) {
    throw new InputError(`${quotedPath(path)} has ${listed.length} outputs: --out can name only the place of one.`);
  }
  return listed.map(({ values }) => {
    const one = new Map([...only(top, (name) => ofOutput(name, table)), ...values]);
    return out === undefined ? one : new Map([...one, ['out', out]]);
  });
}

/**
 * The steps of a recipe.
 *
 * @param written options that the command line was given besides: they go before those of the recipe
 * @throws InputError for what is missing, or does not go together
 */
export function recipeSteps(recipe: OpenRecipe, written: WrittenOptions, table: RecipeTable): RecipeSteps {
  const { path, sections } = recipe;
  const ofSlurm = table.sections.find((each) => each.name === 'slurm')!.keys;
  refuseSingle(written, [...table.keys, ...ofSlurm]);
  const top = withWritten(recipe.top.values, written, table.keys);
  const asked = sections.get('slurm')?.[0]?.values;
  const cluster =
    asked === undefined && !written.has('slurm') ? undefined : withWritten(asked ?? new Map(), written, ofSlurm);
  for (const { name, required } of table.keys) {
    if (required && !top.has(name)) throw new InputError(`${quotedPath(path)} lacks ${name}: add a line "${name}: …".`);
  }
  const outputs = outputsOf(recipe, top, table);
  for (const [at, output] of outputs.entries()) {
    if (output.has('out')) continue;
    throw new InputError(`${placeIn(path, sections.get('outputs')![at]!)}: this output lacks out, its folder.`);
  }
  const first = outputs[0] && last(outputs[0], 'out');
  const record = last(top, 'record') ?? (first === undefined ? undefined : defaultRecord(first));
  if (record === undefined) {
    throw new InputError(`${quotedPath(path)} has no output: add out, outputs, or record: NAME${recordSuffix}.`);
  }
  const ofRun = table.commands.get('attribute')!;
  const measured = only(top, (name) => ofRun.has(name) && !['record', 'json'].includes(name));
  const json = last(top, 'json') === 'true' ? ['--json'] : [];
  const howOf = (command: RecipeStep['command']) => [...slurmWords(command, cluster, table), ...json];
  const attribute: RecipeStep = {
    command: 'attribute',
    named: record,
    values: top,
    words: [...allWords(measured), `--record=${record}`, ...howOf('attribute')],
    how: howOf('attribute'),
    outputs: [{ what: 'record', path: record, kind: 'file' }],
    after: [],
  };
  const commits = outputs.map((values): RecipeStep => {
    const how = howOf('commit');
    const words = [...allWords(only(values, (name) => name !== 'json')), ...how, '--', record];
    const path = last(values, 'out')!;
    const written: Output[] = [{ what: 'checkpoint', path, kind: 'folder' }];
    return { command: 'commit', named: path, values, words, how, outputs: written, after: [attribute] };
  });
  const steps = [attribute, ...commits];
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
    steps.push({
      command: 'sweep',
      named: path,
      values,
      words: [...allWords(values), ...howOf('sweep'), '--', record],
      how: howOf('sweep'),
      outputs,
      after: [attribute],
    });
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
    const words = [...allWords(values), ...howOf('readiness'), '--', ...checkpoints];
    const path = last(values, 'out');
    const written = fileOutput('readiness record', path);
    steps.push({
      command: 'readiness',
      named: path ?? 'checkpoints',
      values,
      words,
      how: howOf('readiness'),
      outputs: written,
      after: elsewhere ? [] : commits,
    });
  }
  return { record, steps };
}
