import { Command, Option } from 'commander';
import { measureReadiness } from '../../comparison/readiness/measureReadiness.ts';
import type { LinesPlan, ReadinessOptions, SamplingPlan } from '../../comparison/readiness/readinessOptions.ts';
import { readinessShard } from '../../comparison/readiness/shards/readinessShard.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { type Condition, defaultConditions } from '../../readiness/verdict/conditions.ts';
import { readinessSuffix } from '../../record/readiness/readinessPaths.ts';
import { type EngineSourceOptions, engineSource, refuseStopTexts } from '../../run/readiness/engineSource.ts';
import type { CalibrationSettings } from '../../settings/calibrationSettings.ts';
import { defaultSettings } from '../../settings/runSettings.ts';
import { NotReady } from '../notReady.ts';
import { readinessDocument } from '../output/json/jsonDocuments.ts';
import { printable } from '../output/printable.ts';
import { notReadyNames, readinessText } from '../output/readinessReport.ts';
import { askedCommand, type OwnShardOptions, ownShardFolder, sayShard, withOwnShards } from './cluster/ownShards.ts';
import { shardedOnSlurm } from './cluster/shardedOnSlurm.ts';
import { type SlurmOptions, withSlurmOptions } from './cluster/slurmOptions.ts';
import { type CommandContext, jsonText } from './command.ts';
import {
  type CalibrationOptions,
  calibrationSettingsFrom,
  withCalibrationOptions,
} from './options/calibrationOptions.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from './options/engineOptions.ts';
import { refuseIdle } from './options/idleOptions.ts';
import {
  collected,
  jsonOption,
  numberArgument,
  overwriteOption,
  samplesArgument,
  wholeArgument,
} from './options/options.ts';
import { type Elsewhere, elsewhereFrom, type SourceOptions, withSourceOptions } from './options/readinessSources.ts';
import { withStaging } from './options/stageOption.ts';
import { graderFrom, withGraderOptions } from './sampling/graderOptions.ts';
import { conditionArgument, sizesArgument } from './sampling/readinessConditions.ts';
import { readinessDependences } from './sampling/readinessIdle.ts';
import { promptFilesFrom, type SamplingOptions, withSamplingOptions } from './sampling/samplingOptions.ts';

/* `rejuvenate readiness`: its options, and what it prints. */

export interface ReadinessCommandOptions
  extends CalibrationOptions,
    SamplingOptions,
    SourceOptions,
    EngineOptions,
    OwnShardOptions,
    SlurmOptions {
  readonly base?: string;
  readonly stop?: readonly string[];
  readonly groupSizes: readonly number[];
  readonly calibration?: readonly string[];
  readonly heldOut?: readonly string[];
  readonly lines: number;
  readonly maxLength: number;
  readonly min?: readonly Condition[];
  readonly max?: readonly Condition[];
  readonly verdict: boolean;
  readonly out?: string;
  readonly overwrite?: true;
  readonly json?: true;
}

/** Options of whoever puts the shards together. */
const lastNames = new Set(['out', 'overwrite', 'json']);

/** Of answers, what `readiness` alone is told. */
function answerOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--eval-temperature <number>', 'sample at that of evaluation too; 0: greedy').argParser(
        numberArgument,
      ),
    )
    .addOption(
      new Option(
        '--stop <text>',
        "ends an answer, besides the checkpoint's own stop tokens; may be given again",
      ).argParser(collected),
    )
    .addOption(
      new Option('--group-sizes <list>', 'of the groups of which the dead ones are predicted')
        .argParser(sizesArgument)
        .default([4, 8, 16], '4,8,16'),
    );
}

function linesOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--calibration <file>',
        'training lines: pairs or conversations to teacher-force on; may be given again',
      ).argParser(collected),
    )
    .addOption(new Option('--held-out <file>', 'lines that nothing was trained on, likewise').argParser(collected))
    .addOption(
      new Option('--lines <count>', 'of either, drawn evenly where there are more; all: every one')
        .argParser(samplesArgument)
        .default(defaultSettings.samples),
    )
    .option('--max-length <tokens>', 'longest line; longer ones are cut', wholeArgument, defaultSettings.maxLength);
}

/** `rejuvenate readiness`: how sure checkpoints are and what they answer, before RL starts from one. */
export function readinessCommand(given: CommandContext): Command {
  const command = new Command('readiness')
    .summary('measure which checkpoint RL can start from')
    .description(
      'Measure how ready checkpoints are for RL: sample answers to prompts (Pass@k, dead groups, coverage against the base, entropy), and ' +
        "teacher-force training and held-out lines. A training run's folder stands for the steps in it.",
    )
    .argument(
      '[checkpoints...]',
      'Hugging Face folders, or models in the Hub cache as ORG/NAME[@REVISION]; also LoRA adapters of the base',
    )
    .option('--base <folder>', 'the base that SFT started from: coverage is told against it');
  linesOptions(withGraderOptions(withSourceOptions(answerOptions(withSamplingOptions(command)))));
  withCalibrationOptions(command)
    .addOption(
      new Option(
        '--min <measure=value>',
        'a condition of being ready, such as pass@16=0.3; may be given again',
      ).argParser(conditionArgument('min')),
    )
    .addOption(new Option('--max <measure=value>', 'likewise, such as dead@8=0.5').argParser(conditionArgument('max')))
    .option('--no-verdict', 'judge nothing');
  const context = withStaging(withEngineOptions(command), given);
  withOwnShards(command, 'measure and sample one of n shards of lines and prompts')
    .option('--out <file>', `keep the result, NAME${readinessSuffix}; a stopped run is taken up by the same command`)
    .addOption(overwriteOption())
    .addOption(jsonOption());
  const written = withSlurmOptions(command, true);
  return command
    .addHelpText(
      'after',
      `
Without --min and --max the one condition is --max dead@8=0.5, where prompts are sampled. Exit code 3: some checkpoint (not the base) does
not meet the conditions.

Examples:
  rejuvenate readiness llama-sft llama-rejuvenated --base llama-base --prompts problems.jsonl --out llama${readinessSuffix}
  rejuvenate readiness sft-output --base llama-base --prompts test.parquet --draw 200 --eval-temperature 0
  rejuvenate readiness llama-sft --base llama-base --calibration train.jsonl --held-out heldout.jsonl
  rejuvenate readiness llama-sft --prompts problems.jsonl --grader command --grader-command python3 grade.py
  rejuvenate readiness --endpoint http://localhost:8000/v1 --model llama-sft --prompts problems.jsonl
  rejuvenate readiness --rollouts outputs/validation/0.jsonl`,
    )
    .action(async (checkpoints: string[], options: ReadinessCommandOptions, own: Command) => {
      const { out } = options;
      refuseIdle(own, readinessDependences(options));
      if (options.slurm && out === undefined)
        throw new InputError(`With --slurm the result is kept in a file: name it with --out NAME${readinessSuffix}.`);
      const stem = out?.replace(/\.json$/, '') ?? 'readiness';
      const whole = options.endpoint !== undefined || options.rollouts !== undefined;
      const onSlurm = { command, own: written, options, stem, phase: 'measure', last: lastNames, whole };
      if (await shardedOnSlurm(onSlurm, context)) return;
      checkShards(options);
      const asked = await readinessAsked(checkpoints, options, context);
      const { shard, json } = options;
      if (shard !== undefined) {
        const partials = options.partials ?? ownShardFolder('readiness', out!);
        const work = { asked, command: askedCommand('readiness', written, checkpoints), engine: engineFrom(options) };
        return sayShard(readinessShard({ ...work, shard, partials }, context), json, context);
      }
      const { path, record } = await measureReadiness(asked, context).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        const kept = out === undefined ? 'Nothing was kept' : 'What was sampled is kept: run the same command again';
        throw new Interrupted(`Interrupted. ${kept}.`);
      });
      if (options.json) context.print(jsonText(readinessDocument.of({ record: path, ...record })));
      else context.print(readinessText(record, path));
      const failing = notReadyNames(record);
      if (failing.length > 0) throw new NotReady(`Not ready: ${failing.map(printable).join(', ')}.`);
    });
}

/** @throws InputError where a shard is asked for and nothing says where it goes */
function checkShards({ shard, partials, out }: ReadinessCommandOptions): void {
  if (shard === undefined || partials !== undefined || out !== undefined) return;
  throw new InputError(
    `A shard of readiness leaves partials: say where with --out NAME${readinessSuffix} or --partials DIR.`,
  );
}

/**
 * What a call asks for. Files of rollouts are read.
 *
 * @param options as commander gives them
 * @throws InputError when options do not go together, or a file cannot be read; Interrupted
 */
export async function readinessAsked(
  checkpoints: readonly string[],
  options: ReadinessCommandOptions,
  context: CommandContext,
): Promise<ReadinessOptions> {
  const { base, out } = options;
  const named = { checkpoints, base, prompted: options.prompts !== undefined };
  const elsewhere = await elsewhereFrom(options, named, context);
  const sampling = samplingFrom(options, context, elsewhere);
  return {
    checkpoints: elsewhere?.checkpoints ?? checkpoints,
    base: elsewhere === undefined ? base : elsewhere.base,
    elsewhere: elsewhere !== undefined,
    lines: linesFrom(options),
    sampling,
    conditions: conditionsFrom(options, sampling !== undefined && sampling.temperature > 0),
    out,
    overwrite: options.overwrite === true,
    joined: joinedFrom(options),
  };
}

function joinedFrom(options: ReadinessCommandOptions): ReadinessOptions['joined'] {
  const { partials, shard } = options;
  if (partials === undefined || shard !== undefined) return undefined;
  const { chatTemplate, templateArgs, specialTokens, weights } = engineFrom(options);
  return { partials, weights, rendering: { chatTemplate, templateArgs, specialTokens } };
}

function conditionsFrom(
  { min = [], max = [], verdict }: ReadinessCommandOptions,
  sampled: boolean,
): readonly Condition[] {
  if (!verdict) return [];
  const own = [...min, ...max];
  if (own.length > 0) return own;
  return sampled ? defaultConditions : [];
}

function samplingFrom(
  options: ReadinessCommandOptions,
  context: CommandContext,
  elsewhere: Elsewhere | undefined,
): SamplingPlan | undefined {
  const { stop = [] } = options;
  const { temperature, evalTemperature, topP, maxTokens, seed, groupSizes, correctAbove } = options;
  const grader = graderFrom(options);
  const samples = elsewhere?.samples ?? options.samples;
  const other = elsewhere?.open ?? context.openRollouts;
  if (other === undefined) refuseStopTexts({ stop });
  const open = other ?? engineSource(engineFrom(options), context);
  const prompts = elsewhere?.prompts ?? promptFilesFrom(options, elsewhere?.answered);
  if (elsewhere?.samples !== undefined && evalTemperature !== undefined) {
    throw new InputError('Files of rollouts hold answers at one temperature: leave --eval-temperature out.');
  }
  if (prompts === undefined) return undefined;
  return {
    prompts,
    open,
    ...{ samples, temperature, evalTemperature, topP, maxTokens, stop, seed, grader, correctAbove, groupSizes },
  };
}

/** How checkpoints are run, and how their texts are rendered. */
function engineFrom(options: ReadinessCommandOptions): EngineSourceOptions & CalibrationSettings {
  return { ...calibrationSettingsFrom(options), ...engineSettingsFrom(options) };
}

function linesFrom(options: ReadinessCommandOptions): LinesPlan | undefined {
  const { calibration: training = [], heldOut = [], lines: samples, seed, maxLength } = options;
  if (training.length + heldOut.length === 0) return undefined;
  return { training, heldOut, reading: { samples, seed, maxLength, ...engineFrom(options) } };
}
