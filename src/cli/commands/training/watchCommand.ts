import { Command, Option } from 'commander';
import { watchTraining } from '../../../comparison/watch/watchTraining.ts';
import { Interrupted, RunError } from '../../../errors.ts';
import { shownJsonLine } from '../../../files/reading/shownJson.ts';
import { readinessSuffix } from '../../../record/readiness/readinessPaths.ts';
import type { ReadinessRow } from '../../../record/readiness/readinessRecord.ts';
import { defaultSettings } from '../../../settings/runSettings.ts';
import { watchedStepDocument } from '../../output/json/jsonDocuments.ts';
import { printable } from '../../output/printable.ts';
import type { CommandContext } from '../command.ts';
import {
  type CalibrationOptions,
  calibrationSettingsFrom,
  withCalibrationOptions,
} from '../options/calibrationOptions.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from '../options/engineOptions.ts';
import {
  collected,
  jsonOption,
  numberArgument,
  samplesArgument,
  seedOption,
  wholeArgument,
} from '../options/options.ts';

/* `rejuvenate watch`: its options, and what it prints. */

interface WatchCommandOptions extends CalibrationOptions, EngineOptions {
  readonly base?: string;
  readonly calibration?: readonly string[];
  readonly heldOut?: readonly string[];
  readonly lines: number;
  readonly seed: number;
  readonly maxLength: number;
  readonly out: string;
  readonly tensorboard?: string;
  readonly every: number;
  readonly settle: number;
  readonly once?: true;
  readonly until?: number;
  readonly json?: true;
}

function side(name: string, figures: ReadinessRow['training']): string[] {
  if (figures === null) return [];
  const { entropy, negativeLogLikelihood, top1Probability, confident } = figures;
  const shares = `top-1 ${top1Probability.toFixed(3)}, p > 0.99 ${(100 * confident).toFixed(1)} %`;
  return [`${name}: entropy ${entropy.toFixed(4)}, NLL ${negativeLogLikelihood.toFixed(4)} nats, ${shares}`];
}

/** A line a step: `checkpoint-100  training: entropy 0.3150, NLL 0.1910 nats, top-1 0.915, p > 0.99 71.0 %`. */
function rowText({ name, training, heldOut }: ReadinessRow): string {
  return `${printable(name)}  ${[...side('training', training), ...side('held out', heldOut)].join('; ')}`;
}

/** `rejuvenate watch`: every checkpoint of a training, measured as it appears. */
export function watchCommand(context: CommandContext): Command {
  const command = new Command('watch')
    .summary('follow a training: measure each checkpoint as it appears')
    .description(
      'Follow a training folder (checkpoint-100, global_step_50 …) and teacher-force each checkpoint on written lines, once, when it is ' +
        'complete. The figures go to a readiness record that grows. The same command goes on after having been stopped or killed.',
    )
    .argument('<folder>', "the training run's folder")
    .option(
      '--base <folder>',
      'the base that the training started from: measured once, and what LoRA adapters belong to',
    )
    .addOption(
      new Option('--calibration <file>', 'training lines: pairs or conversations; may be given again').argParser(
        collected,
      ),
    )
    .addOption(new Option('--held-out <file>', 'lines that nothing was trained on, likewise').argParser(collected))
    .addOption(
      new Option('--lines <count>', 'of either, drawn evenly where there are more; all: every one')
        .argParser(samplesArgument)
        .default(defaultSettings.samples),
    )
    .addOption(seedOption())
    .option('--max-length <tokens>', 'longest line; longer ones are cut', wholeArgument, defaultSettings.maxLength);
  withCalibrationOptions(command)
    .requiredOption('--out <file>', `the record, NAME${readinessSuffix}; one that is there is gone on with`)
    .option('--tensorboard <dir>', 'write event files for TensorBoard there, one a step')
    .option('--every <seconds>', 'from one look at the folder to the next', numberArgument, 30)
    .option('--settle <seconds>', 'for which the files of a checkpoint must stay as they are', numberArgument, 10)
    .option('--once', 'measure what is there, and end')
    .option('--until <step>', 'end when this step, or a later one, is measured', wholeArgument);
  return withEngineOptions(command)
    .addOption(jsonOption().default(undefined, 'a row a line'))
    .addHelpText(
      'after',
      `
A checkpoint is measured when all of its tensors are there and its files have not changed for --settle seconds. Ctrl-C ends it: what was
measured is in the record.

Examples:
  rejuvenate watch sft-output --calibration train.jsonl --held-out heldout.jsonl --out sft${readinessSuffix}
  rejuvenate watch sft-output --base llama-base --calibration train.jsonl --out sft${readinessSuffix} --until 2000 --tensorboard runs/sft
  rejuvenate watch sft-output --held-out heldout.jsonl --out sft${readinessSuffix} --once --device cpu`,
    )
    .action(async (folder: string, options: WatchCommandOptions) => {
      const {
        base,
        out,
        tensorboard,
        every,
        settle,
        until,
        calibration: training = [],
        heldOut = [],
        lines: samples,
      } = options;
      const engine = { ...calibrationSettingsFrom(options), ...engineSettingsFrom(options) };
      const reading = { samples, seed: options.seed, maxLength: options.maxLength, ...engine };
      let count = 0;
      const onRow = (row: ReadinessRow) => {
        count++;
        context.print(options.json ? shownJsonLine(watchedStepDocument.of(row)) : rowText(row));
      };
      const { path, failed } = await watchTraining(
        {
          ...{ folder, base, out, tensorboard, every, settle, until, once: options.once === true },
          lines: { training, heldOut, reading },
        },
        { ...context, onRow },
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        const kept = `${count === 1 ? '1 row was' : `${count} rows were`} added to "${printable(out)}"`;
        throw new Interrupted(`Stopped. ${kept}; the same command goes on.`);
      });
      if (failed.length > 0) throw new RunError(`Not measured: ${failed.map(printable).join(', ')}; see the warnings.`);
      context.say(
        path === undefined ? `No complete checkpoint in "${printable(folder)}" yet.` : `Record ${printable(path)}`,
      );
    });
}
