import { type Command, InvalidArgumentError, type Option } from 'commander';
import type { RecipeKey, RecipeTable, ValueKind } from '../../../recipe/recipeTable.ts';
import { controls } from '../../../settings/sweepSettings.ts';
import { slurmGroup } from '../cluster/slurmOptions.ts';
import { memoryArgument } from '../options/engineOptions.ts';
import { countArgument, numberArgument, samplesArgument, wholeArgument } from '../options/options.ts';

/* Makes the table of recipes out of the commands' own options: what a command knows, a recipe knows. */

/**
 * Options that are about this one call rather than about what is made: a recipe waits for Slurm by itself, shows and shards
 * nothing. `slurm` is a section.
 */
const notInRecipes: ReadonlySet<string> = new Set([
  ...['help', 'write-recipe', 'slurm', 'dry-run', 'wait', 'shard', 'phase', 'partials'],
]);

type Parse = NonNullable<Option['parseArg']>;

/** How an option's text is read says what it is; any other is a text that the option itself looks at. */
const kindOf = new Map<unknown, ValueKind>([
  [numberArgument, 'number'],
  [wholeArgument, 'whole'],
  [countArgument, 'count'],
  [samplesArgument, 'samples'],
  [memoryArgument, 'memory'],
]);

/** Options whose values are written with commas between them. */
const withCommas = new Map<string, Pick<RecipeKey, 'kind' | 'offered'>>([
  ['sweep alpha', { kind: 'number' }],
  ['sweep rho', { kind: 'number' }],
  ['sweep controls', { kind: 'text', offered: [...controls, 'none'] }],
  ['readiness group-sizes', { kind: 'count' }],
]);

/** Options that add to what was given before. */
function collects(parse: Parse): boolean {
  return parse.length > 1;
}

/** What an option writes rather than reads. */
const outputs: ReadonlySet<string> = new Set(['out', 'record', 'scores', 'csv', 'figure', 'run-folder']);

function pathOf({ flags, name }: { readonly flags: string; readonly name: string }): RecipeKey['path'] {
  const [, placeholder] = /[<[](dir|folder|file)s?(?:\.\.\.)?[>\]]$/.exec(flags) ?? [];
  if (placeholder === undefined) return undefined;
  if (outputs.has(name)) return 'output';
  return placeholder === 'file' ? 'input' : 'checkpoint';
}

function usualOf({ defaultValue, defaultValueDescription, negate }: Option): string {
  if (negate || defaultValue === undefined) return defaultValueDescription ?? '';
  return defaultValueDescription ?? (Array.isArray(defaultValue) ? defaultValue.join(', ') : String(defaultValue));
}

/** What the option's own parser says against a word. */
function faultBy(option: Option): RecipeKey['fault'] {
  const { parseArg } = option;
  if (parseArg === undefined || option.argChoices !== undefined) return () => undefined;
  return (word) => {
    try {
      parseArg(word, option.defaultValue);
      return undefined;
    } catch (error) {
      if (error instanceof InvalidArgumentError) return error.message;
      throw error;
    }
  };
}

/** An option as a key of the recipe. @param command that has it, by name */
function keyOf(command: string, option: Option): RecipeKey {
  const { flags, variadic, parseArg } = option;
  const name = option.negate ? option.attributeName() : option.name();
  const commas = withCommas.get(`${command} ${name}`);
  const parsed = parseArg === undefined ? undefined : kindOf.get(parseArg);
  // A parser that commander makes of choices collects as well; it does so for a variadic option alone.
  const again = variadic || (option.argChoices === undefined && parsed === undefined && parseArg && collects(parseArg));
  const flag = !option.required && !option.optional;
  const path = pathOf({ flags, name });
  return {
    name,
    description: option.description,
    kind: parsed ?? (flag ? 'flag' : 'text'),
    choices: option.argChoices ?? [],
    ...commas,
    several: commas !== undefined ? 'commas' : again ? 'again' : 'no',
    usual: usualOf(option),
    ...(path && { path }),
    required: option.mandatory,
    fault: faultBy(option),
  };
}

/** Options for Slurm, which are a section of a recipe. */
export const isSlurm = ({ helpGroupHeading }: Option) => helpGroupHeading === slurmGroup;

/** A command's options as keys. @param which of them; all when left out */
export function keysOf(command: Command, which: (option: Option) => boolean = () => true): RecipeKey[] {
  return command.options
    .filter((option) => which(option) && !notInRecipes.has(option.name()))
    .map((option) => keyOf(command.name(), option));
}

/** The commands that a recipe is run by. */
export interface RecipeCommands {
  readonly run: Command;
  readonly attribute: Command;
  readonly commit: Command;
  readonly sweep: Command;
  readonly readiness: Command;
}

/** The first of each name, required only where `required` says so. */
function united(keys: readonly RecipeKey[], required: ReadonlySet<string>): RecipeKey[] {
  const first = new Map<string, RecipeKey>();
  for (const key of keys) if (!first.has(key.name)) first.set(key.name, { ...key, required: required.has(key.name) });
  return [...first.values()];
}

/** All that a recipe may say. */
export function recipeTable(all: RecipeCommands): RecipeTable {
  const { run, attribute, commit, sweep, readiness } = all;
  const own = (command: Command) => keysOf(command, (option) => !isSlurm(option));
  const needed = own(attribute).filter((key) => key.required && key.name !== 'record');
  const checkpoints: RecipeKey = {
    name: 'checkpoints',
    description: readiness.registeredArguments[0]!.description,
    kind: 'text',
    choices: [],
    several: 'again',
    usual: 'the SFT checkpoint and every output',
    path: 'checkpoint',
    required: false,
    fault: () => undefined,
  };
  return {
    keys: united([...own(run), ...own(attribute)], new Set(needed.map(({ name }) => name))),
    sections: [
      {
        name: 'outputs',
        description: 'Checkpoints to write from the one run, each with its own alpha, rho and dtype.',
        list: true,
        keys: own(commit),
      },
      { name: 'sweep', description: sweep.description(), list: false, keys: own(sweep) },
      {
        name: 'readiness',
        description: readiness.description(),
        list: false,
        keys: [checkpoints, ...own(readiness)],
      },
      {
        name: 'slurm',
        description: 'Run every step that can on a Slurm cluster, one after the other, and wait for each.',
        list: false,
        keys: united([...keysOf(run, isSlurm), ...keysOf(attribute, isSlurm)], new Set()),
      },
    ],
    commands: new Map(
      Object.values(all).map((command: Command) => [
        command.name(),
        new Set(command.options.map((option) => option.name())),
      ]),
    ),
  };
}
