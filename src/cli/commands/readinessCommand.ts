import { Command, Option } from 'commander';
import { measureReadiness } from '../../comparison/readiness/measureReadiness.ts';
import type { LinesPlan, SamplingPlan } from '../../comparison/readiness/readinessOptions.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { graderNames } from '../../readiness/graders/namedGrader.ts';
import { type Condition, defaultConditions } from '../../readiness/verdict/conditions.ts';
import { readinessSuffix } from '../../record/readiness/readinessPaths.ts';
import { type EngineSourceOptions, engineSource } from '../../run/readiness/engineSource.ts';
import type { CalibrationSettings } from '../../settings/calibrationSettings.ts';
import type { DeviceChoice } from '../../settings/devices.ts';
import type { Precision } from '../../settings/precision.ts';
import { defaultSettings } from '../../settings/runSettings.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import { NotReady } from '../notReady.ts';
import { printable } from '../output/printable.ts';
import { notReadyNames, readinessText } from '../output/readinessReport.ts';
import { type CalibrationOptions, calibrationSettingsFrom, withCalibrationOptions } from './calibrationOptions.ts';
import { type CommandContext, jsonText } from './command.ts';
import {
  countArgument,
  deviceOption,
  jsonOption,
  memoryOption,
  numberArgument,
  overwriteOption,
  precisionOption,
  processesOption,
  threadsOption,
  weightsOption,
  wholeArgument,
} from './options.ts';
import {
  collected,
  conditionArgument,
  type GraderOptions,
  graderFrom,
  graderSeconds,
  sizesArgument,
  someOrAll,
} from './readinessOptions.ts';
import { type Elsewhere, elsewhereFrom, type SourceOptions, withSourceOptions } from './readinessSources.ts';

/* `rejuvenate readiness`: its options, and what it prints. */

interface ReadinessCommandOptions extends CalibrationOptions, GraderOptions, SourceOptions {
  readonly base?: string;
  readonly prompts?: readonly string[];
  readonly draw: number;
  readonly promptsField: string;
  readonly answerField: string;
  readonly promptsAs: 'text' | 'chat';
  readonly samples: number;
  readonly temperature: number;
  readonly evalTemperature?: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  readonly seed: number;
  readonly groupSizes: readonly number[];
  readonly correctAbove?: number;
  readonly calibration?: readonly string[];
  readonly heldOut?: readonly string[];
  readonly lines: number;
  readonly maxLength: number;
  readonly min?: readonly Condition[];
  readonly max?: readonly Condition[];
  readonly verdict: boolean;
  readonly device: DeviceChoice;
  readonly memory: number;
  readonly processes?: number;
  readonly threads?: number;
  readonly weights: WeightStorage;
  readonly precision: Precision;
  readonly out?: string;
  readonly overwrite?: true;
  readonly json?: true;
}

function samplingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--prompts <file>',
        'prompts with their answers, JSONL, JSON or Parquet; may be given again',
      ).argParser(collected),
    )
    .addOption(
      new Option('--draw <count>', 'prompts to draw evenly where there are more; all: every one')
        .argParser(someOrAll)
        .default(0, 'all'),
    )
    .addOption(
      new Option('--prompts-field <name>', 'field of the prompt: a text or messages').default('', 'by the usual names'),
    )
    .addOption(
      new Option('--answer-field <path>', 'field of the right answer, with dots into objects').default(
        '',
        'reward_model.ground_truth, answer, label, solution …',
      ),
    )
    .addOption(
      new Option(
        '--prompts-as <form>',
        'prompts that are texts: as they stand, or as a user message of the chat template',
      )
        .choices(['text', 'chat'])
        .default('text'),
    )
    .addOption(new Option('--samples <count>', 'answers to each prompt, n').argParser(countArgument).default(16))
    .addOption(new Option('--temperature <number>', "that of RL's rollouts").argParser(numberArgument).default(1))
    .addOption(
      new Option('--eval-temperature <number>', 'sample at that of evaluation too; 0: greedy').argParser(
        numberArgument,
      ),
    )
    .addOption(
      new Option('--top-p <share>', 'share of the probability that is drawn from').argParser(numberArgument).default(1),
    )
    .addOption(new Option('--max-tokens <count>', 'longest answer').argParser(countArgument).default(1024))
    .addOption(
      new Option(
        '--stop <text>',
        "ends an answer, besides the checkpoint's own stop tokens; may be given again",
      ).argParser(collected),
    )
    .addOption(
      new Option('--seed <number>', 'of samples, drawn prompts and intervals').argParser(wholeArgument).default(0),
    )
    .addOption(
      new Option('--group-sizes <list>', 'of the groups of which the dead ones are predicted')
        .argParser(sizesArgument)
        .default([4, 8, 16], '4,8,16'),
    );
}

function graderOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--grader <name>',
        'what finds an answer and compares it (default: boxed; of rollouts with rewards those)',
      ).choices(graderNames),
    )
    .option('--grader-pattern <regex>', 'of the grader regex: the last match counts, its first group where it has one')
    .option('--grader-field <path>', 'of the grader json-field')
    .option(
      '--grader-command <words...>',
      'of the grader command: a program and its arguments, or one JSON list of them; it reads a line of JSON an answer and prints {"correct": true} for each',
    )
    .addOption(
      new Option('--grader-timeout <seconds>', 'longest time of the program for a batch')
        .argParser(countArgument)
        .default(graderSeconds),
    )
    .addOption(
      new Option(
        '--correct-above <reward>',
        'rewards above it are right answers (default: 0, where there are two kinds)',
      ).argParser(numberArgument),
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
        .argParser(someOrAll)
        .default(defaultSettings.samples),
    )
    .option('--max-length <tokens>', 'longest line; longer ones are cut', wholeArgument, defaultSettings.maxLength);
}

/** `rejuvenate readiness`: how sure checkpoints are and what they answer, before RL starts from one. */
export function readinessCommand(context: CommandContext): Command {
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
  linesOptions(graderOptions(withSourceOptions(samplingOptions(command))));
  withCalibrationOptions(command)
    .addOption(
      new Option(
        '--min <measure=value>',
        'a condition of being ready, such as pass@16=0.3; may be given again',
      ).argParser(conditionArgument('min')),
    )
    .addOption(new Option('--max <measure=value>', 'likewise, such as dead@8=0.5').argParser(conditionArgument('max')))
    .option('--no-verdict', 'judge nothing');
  return command
    .addOption(deviceOption())
    .addOption(memoryOption())
    .addOption(processesOption())
    .addOption(threadsOption())
    .addOption(weightsOption())
    .addOption(precisionOption())
    .option('--out <file>', `keep the result, NAME${readinessSuffix}; a stopped run is taken up by the same command`)
    .addOption(overwriteOption())
    .addOption(jsonOption())
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
    .action(async (checkpoints: string[], options: ReadinessCommandOptions) => {
      const { base, out } = options;
      const named = { checkpoints, base, prompted: options.prompts !== undefined };
      const elsewhere = await elsewhereFrom(options, named, context);
      const sampling = samplingFrom(options, context, elsewhere);
      const { path, record } = await measureReadiness(
        {
          checkpoints: elsewhere?.checkpoints ?? checkpoints,
          base: elsewhere === undefined ? base : elsewhere.base,
          elsewhere: elsewhere !== undefined,
          lines: linesFrom(options),
          sampling,
          conditions: conditionsFrom(options, sampling !== undefined && sampling.temperature > 0),
          out,
          overwrite: options.overwrite === true,
        },
        context,
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        const kept = out === undefined ? 'Nothing was kept' : 'What was sampled is kept: run the same command again';
        throw new Interrupted(`Interrupted. ${kept}.`);
      });
      if (options.json) context.print(jsonText({ record: path, ...record }));
      else context.print(readinessText(record, path));
      const failing = notReadyNames(record);
      if (failing.length > 0) throw new NotReady(`Not ready: ${failing.map(printable).join(', ')}.`);
    });
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
  const { prompts, draw, promptsField, answerField, promptsAs, stop = [] } = options;
  const { temperature, evalTemperature, topP, maxTokens, seed, groupSizes, correctAbove } = options;
  const grader = graderFrom(options);
  const samples = elsewhere?.samples ?? options.samples;
  const open = elsewhere?.open ?? context.openRollouts ?? engineSource(engineFrom(options), context);
  const given = elsewhere?.prompts;
  if (elsewhere?.samples !== undefined && evalTemperature !== undefined) {
    throw new InputError('Files of rollouts hold answers at one temperature: leave --eval-temperature out.');
  }
  if (given === undefined && prompts === undefined) return undefined;
  return {
    prompts: given ?? {
      kind: 'files',
      paths: prompts!,
      draw,
      promptField: promptsField,
      answerField,
      asChat: promptsAs === 'chat',
    },
    open,
    ...{ samples, temperature, evalTemperature, topP, maxTokens, stop, seed, grader, correctAbove, groupSizes },
  };
}

/** How checkpoints are run, and how their texts are rendered. */
function engineFrom(options: ReadinessCommandOptions): EngineSourceOptions & CalibrationSettings {
  const { device, memory: memoryBytes, processes = 0, threads = 0, weights, precision } = options;
  return { ...calibrationSettingsFrom(options), device, memoryBytes, processes, threads, weights, precision };
}

function linesFrom(options: ReadinessCommandOptions): LinesPlan | undefined {
  const { calibration: training = [], heldOut = [], lines: samples, seed, maxLength } = options;
  if (training.length + heldOut.length === 0) return undefined;
  return { training, heldOut, reading: { samples, seed, maxLength, ...engineFrom(options) } };
}
