import { Command, Option } from 'commander';
import { InputError, Interrupted } from '../../errors.ts';
import { readRecord } from '../../record/run/recordFile.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { heavyResetWarning } from '../../record/run/resetReport.ts';
import { type AttributionOptions, attributionRun } from '../../run/attributionRun.ts';
import { commitRun } from '../../run/commitRun.ts';
import { usingAdapters } from '../../run/files/adapters.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { type RenamedRows, renamedRowsChoices } from '../../settings/renamedRows.ts';
import { defaultSettings, type RunSettings } from '../../settings/runSettings.ts';
import { printable } from '../output/printable.ts';
import { recordJson, recordText } from '../output/recordReport.ts';
import { attributeOnSlurm } from './cluster/attributeOnSlurm.ts';
import { commitPhasesOf } from './cluster/commitOnSlurm.ts';
import { type PlanOptions, planCommand } from './cluster/planCommand.ts';
import { keptOnInterrupt, type ShardOptions, withShardOptions, workOffShard } from './cluster/shardOptions.ts';
import { type SlurmOptions, wantsSlurm, withSlurmOptions } from './cluster/slurmOptions.ts';
import { type CommandContext, jsonText } from './command.ts';
import {
  type CalibrationOptions,
  calibrationSettingsFrom,
  withCalibrationOptions,
} from './options/calibrationOptions.ts';
import { defaultRecord } from './options/defaultRecord.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from './options/engineOptions.ts';
import {
  alphaOption,
  dtypeOption,
  holdoutOption,
  jsonOption,
  numberArgument,
  overwriteOption,
  rhoOption,
  samplesOption,
  seedOption,
  wholeArgument,
  workersOption,
} from './options/options.ts';
import { withStaging } from './options/stageOption.ts';
import type { RunRecipe } from './recipe/runRecipe.ts';
import { writeRecipe } from './recipe/writeRecipe.ts';
import { listenForOptions, type WrittenOptions } from './recipe/writtenOptions.ts';

/* The commands `run` and `attribute`, which share their inputs and settings. */

interface AttributeOptions extends CalibrationOptions, EngineOptions, SlurmOptions {
  readonly base: string;
  readonly sft: string;
  readonly calibration: readonly string[];
  readonly record: string;
  readonly alpha: number;
  readonly rho: number;
  readonly rhoMax: number;
  readonly topN: number;
  readonly maxLength: number;
  readonly samples: number;
  readonly seed: number;
  readonly holdout: number;
  readonly tokenizer?: string;
  readonly renamedRows: RenamedRows;
  readonly scores?: string;
  readonly overwrite?: true;
  readonly json?: true;
  readonly writeRecipe?: string;
}

interface RunOptions extends Omit<AttributeOptions, 'record'> {
  readonly out: string;
  readonly dtype?: OutputDtype;
  readonly workers?: number;
  readonly record?: string;
}

function settingsOf(options: Omit<AttributeOptions, 'record'>): RunSettings {
  const { alpha, rho, rhoMax, topN, maxLength, samples, seed, holdout } = options;
  const calibration = { topN, maxLength, samples, seed, holdout, ...calibrationSettingsFrom(options) };
  return { alpha, rho, rhoMax, ...calibration, ...engineSettingsFrom(options), renamedRows: options.renamedRows };
}

/** The inputs, which `run` and `attribute` share. */
function inputsCommand(name: string): Command {
  return new Command(name)
    .requiredOption(
      '--base <dir>',
      'base checkpoint: a Hugging Face folder, or a model in the Hub cache as ORG/NAME[@REVISION]',
    )
    .requiredOption(
      '--sft <dir>',
      'over-trained SFT checkpoint of the same model, or a LoRA adapter of the base, likewise',
    )
    .requiredOption(
      '--calibration <files...>',
      'prompt-response pairs or conversations: JSONL, a JSON array, either in gzip, or Parquet; files, patterns or a data set folder',
    );
}

/** The settings, which `run` and `attribute` share, with what they write besides a record. */
function withSettings(command: Command): Command {
  return withRunSettings(command)
    .option('--scores <file>', "keep every target's scores in this .safetensors file")
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .option('--write-recipe <file>', 'write these options as a recipe and run nothing; see docs/recipes.md');
}

/** The settings alone. */
function withRunSettings(command: Command): Command {
  const d = defaultSettings;
  command
    .addOption(alphaOption().default(d.alpha))
    .addOption(rhoOption().default(d.rho))
    .option('--rho-max <number>', 'largest rho the record can answer for', numberArgument, d.rhoMax)
    .option('--top-n <count>', 'target tokens a sample', wholeArgument, d.topN);
  withEngineOptions(command)
    .option('--max-length <tokens>', 'longest sequence; longer ones are cut', wholeArgument, d.maxLength)
    .addOption(samplesOption())
    .addOption(seedOption())
    .addOption(holdoutOption());
  return withCalibrationOptions(command)
    .option('--tokenizer <file>', "tokenizer.json to use in place of the SFT checkpoint's")
    .addOption(
      new Option(
        '--renamed-rows <choice>',
        "rows of embedding and head whose token is another in the SFT's tokenizer: keep the SFT's, or fuse them",
      )
        .choices(renamedRowsChoices)
        .default(d.renamedRows),
    );
}

interface Outputs {
  readonly record: string;
  readonly checkpoint?: string;
}

/** What is asked of the run itself. */
function workOf(options: Omit<AttributeOptions, 'record'>, outputs: Outputs): AttributionOptions {
  const { base, sft, calibration, tokenizer, scores, overwrite } = options;
  return {
    inputs: { base, sft, calibration, tokenizer },
    outputs: { ...outputs, scores },
    settings: settingsOf(options),
    overwrite: overwrite === true,
  };
}

/** Writes the recipe that a call asks for. @returns whether it asks for one */
async function recipeWritten(
  command: Command,
  written: WrittenOptions,
  { writeRecipe: file, overwrite }: Pick<AttributeOptions, 'writeRecipe' | 'overwrite'>,
  context: CommandContext,
): Promise<boolean> {
  if (file === undefined) return false;
  context.print(printable(await writeRecipe(command, written, { file, overwrite: overwrite === true })));
  return true;
}

async function attribute(
  options: Omit<AttributeOptions, 'record'>,
  outputs: Outputs,
  context: CommandContext,
): ReturnType<typeof attributionRun> {
  const open = await keptOnInterrupt(attributionRun(workOf(options, outputs), context));
  const warning = heavyResetWarning(open.record.reset);
  if (warning !== undefined) context.onEvent({ type: 'warning', text: warning });
  return open;
}

/** `rejuvenate attribute`: the run record only. */
export function attributeCommand(given: CommandContext): Command {
  const command = inputsCommand('attribute')
    .summary('write the run record only')
    .description('Measure both checkpoints, attribute the over-confident tokens, and write the run record only.')
    .requiredOption('--record <file>', `where the record goes, NAME${recordSuffix}`);
  const context = withStaging(withSettings(command), given);
  const own = withSlurmOptions(withShardOptions(command), true);
  const written = listenForOptions(command);
  return command
    .addHelpText(
      'after',
      `
Example:
  rejuvenate attribute --base llama-base --sft llama-sft --calibration pairs.jsonl --record llama${recordSuffix}`,
    )
    .action(async (options: AttributeOptions & ShardOptions) => {
      if (await recipeWritten(command, written, options, context)) return;
      if (wantsSlurm(command, options)) {
        if (options.shard !== undefined)
          throw new InputError('--shard is one part of the work, --slurm all of it: give one of them.');
        const work = workOf(options, { record: options.record });
        const waited = await attributeOnSlurm({ command: 'attribute', work, own, options, next: [] }, context);
        if (waited) await printRecord(options.record, options, context);
        return;
      }
      const { base, sft, calibration, tokenizer } = options;
      const asked = { ...options, inputs: { base, sft, calibration, tokenizer }, settings: settingsOf(options) };
      if (await workOffShard(asked, context)) return;
      const open = await attribute(options, { record: options.record }, context);
      context.print(options.json ? jsonText(recordJson(open)) : recordText(open));
    });
}

/** `rejuvenate plan`: what a run with these inputs and settings would take. */
export function runPlanCommand(context: CommandContext): Command {
  const command = withRunSettings(inputsCommand('plan'));
  return planCommand<PlanOptions & Omit<AttributeOptions, 'record'>>(command, settingsOf, context);
}

/** `rejuvenate run`: all phases, from checkpoints to a rejuvenated checkpoint; or what a recipe says. */
export function runCommand(outer: CommandContext, runRecipe: RunRecipe): Command {
  const command = inputsCommand('run')
    .argument(
      '[recipe]',
      'a recipe: these options, more outputs, a sweep and readiness in one YAML file (docs/recipes.md)',
    )
    .summary('rejuvenate a checkpoint: all phases')
    .description('Rejuvenate an over-trained SFT checkpoint: measure, attribute, fuse with the base, reset, write.')
    .requiredOption('--out <dir>', 'where the rejuvenated checkpoint goes')
    .addOption(dtypeOption())
    .addOption(workersOption())
    .option('--record <file>', `where the record goes (default: the name of --out with ${recordSuffix})`);
  const given = withStaging(withSettings(command), outer);
  const own = withSlurmOptions(command, true);
  const written = listenForOptions(command);
  // A recipe may have them: they are asked for when there is none.
  const required = command.options.filter((option) => option.mandatory);
  for (const option of required) option.mandatory = false;
  return command
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate run --base llama-base --sft llama-sft --calibration pairs.jsonl --out llama-rejuvenated
  rejuvenate run --base base --sft sft --calibration pairs.jsonl --out out --alpha 0.6 --rho 0.005 --device cpu --memory 8GB
  rejuvenate run --base base --sft sft --calibration pairs.jsonl --out out --write-recipe llama.rejuvenation.yaml
  rejuvenate run llama.rejuvenation.yaml

Options beside a recipe go before what it says. A run that was stopped goes on where it was when the same command is given again.`,
    )
    .action(async (recipe: string | undefined, options: RunOptions) => {
      if (recipe !== undefined && options.writeRecipe === undefined) {
        const { notReady } = await runRecipe(recipe, written, outer);
        if (notReady !== undefined) throw notReady;
        return;
      }
      if (recipe !== undefined)
        throw new InputError('--write-recipe writes the options that are typed: leave the recipe out.');
      const missing = required.find((option) => !written.has(option.name()));
      if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
      if (await recipeWritten(command, written, options, given)) return;
      if (wantsSlurm(command, options)) {
        const record = options.record ?? defaultRecord(options.out);
        const work = workOf(options, { record, checkpoint: options.out });
        const { out, dtype, workers, overwrite, shards } = options;
        const next = await commitPhasesOf({ record, out, dtype, workers, overwrite, shards }, ['merge']);
        const waited = await attributeOnSlurm({ command: 'run', work, own, options, next }, given);
        if (waited) await printRecord(record, options, given);
        return;
      }
      // An adapter is merged once for both.
      await usingAdapters(given, async (adapters) => {
        const context = { ...given, adapters };
        const record = options.record ?? defaultRecord(options.out);
        const attributed = await attribute(options, { record, checkpoint: options.out }, context);
        const { alpha, rho, dtype, workers } = options;
        try {
          const commit = {
            record,
            out: options.out,
            alpha,
            rho,
            dtype,
            workers,
            overwrite: options.overwrite === true,
          };
          const open = await commitRun(commit, context, attributed);
          context.print(options.json ? jsonText(recordJson(open)) : recordText(open));
        } catch (error) {
          const finish = `rejuvenate commit ${printable(record)} --out ${printable(options.out)}${dtype === undefined ? '' : ` --dtype ${dtype}`}`;
          if (error instanceof Interrupted) {
            throw new Interrupted(`Interrupted. The record is complete; write the checkpoint with: ${finish}`);
          }
          context.say(`The record "${record}" is complete; once the problem is solved, go on with: ${finish}`);
          throw error;
        }
      });
    });
}

/** What a cluster wrote, as the command itself would have printed it. */
async function printRecord(path: string, { json }: { readonly json?: true }, context: CommandContext): Promise<void> {
  const open = await readRecord(path);
  context.print(json ? jsonText(recordJson(open)) : recordText(open));
}
