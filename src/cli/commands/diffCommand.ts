import { Command, Option } from 'commander';
import { compareCheckpoints } from '../../comparison/compareCheckpoints.ts';
import type { PairChoice } from '../../comparison/comparedPairs.ts';
import { Interrupted } from '../../errors.ts';
import { comparisonSuffix } from '../../record/comparison/comparisonPaths.ts';
import { defaultSettings } from '../../settings/runSettings.ts';
import { comparisonJson, comparisonText, tensorText } from '../output/comparisonReport.ts';
import { type CommandContext, jsonText } from './command.ts';
import {
  type CalibrationOptions,
  calibrationSettingsFrom,
  withCalibrationOptions,
} from './options/calibrationOptions.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from './options/engineOptions.ts';
import { optionNames, overwriteNeeds, refuseIdle } from './options/idleOptions.ts';
import { collected, jsonOption, overwriteOption, samplesOption, seedOption, wholeArgument } from './options/options.ts';

/* `rejuvenate diff`: its options, and what it prints. */

interface DiffOptions extends CalibrationOptions, EngineOptions {
  readonly pairs: PairChoice;
  readonly calibration?: readonly string[];
  readonly samples: number;
  readonly seed: number;
  readonly maxLength: number;
  readonly record?: string;
  readonly overwrite?: true;
  readonly spectrum?: true;
  readonly tensor?: string;
  readonly json?: true;
}

/** `rejuvenate diff`: what changed from checkpoint to checkpoint, and how each answers a calibration file. */
export function diffCommand(context: CommandContext): Command {
  const d = defaultSettings;
  const command = new Command('diff')
    .summary('compare checkpoints tensor by tensor')
    .description(
      'Compare checkpoints with the first, tensor by tensor; with --calibration also how each answers it. A training ' +
        "run's folder stands for the steps in it (checkpoint-N, global_step_N, iter_N, epoch_N …), in their order.",
    )
    .argument(
      '<checkpoints...>',
      'Hugging Face folders, or models in the Hub cache as ORG/NAME[@REVISION]; the first is the reference, of which others may be LoRA adapters',
    )
    .addOption(
      new Option('--pairs <which>', 'compare each with the reference only, or all pairs of up to six checkpoints')
        .choices(['reference', 'all'])
        .default('reference'),
    )
    .option(
      '--calibration <file>',
      'prompt-response pairs or conversations as for run: measure entropy, NLL and top-1; may be given several times',
      collected,
    );
  const others = command.options.length;
  command
    .addOption(samplesOption())
    .addOption(seedOption())
    .option('--max-length <tokens>', 'longest sequence; longer ones are cut', wholeArgument, d.maxLength);
  withCalibrationOptions(withEngineOptions(command));
  const measuringNames = optionNames(command, others);
  return command
    .option('--record <file>', `keep the comparison, NAME${comparisonSuffix}, to open later or in VS Code`)
    .option(
      '--spectrum',
      'also compute the largest singular values of every change: structure or noise? Reads the weights up to eight more times',
    )
    .option('--tensor <name>', 'show one tensor in detail')
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate diff llama-base llama-sft
  rejuvenate diff llama-base llama-sft llama-rl --pairs all --record llama${comparisonSuffix}
  rejuvenate diff llama-base sft-output --calibration pairs.jsonl
  rejuvenate diff llama-base llama-sft --spectrum
  rejuvenate diff llama-base llama-sft --tensor layers.0.self_attn.v_proj.weight`,
    )
    .action(async (checkpoints: string[], options: DiffOptions, own: Command) => {
      refuseIdle(own, [
        {
          used: options.calibration !== undefined,
          names: measuringNames,
          why: 'is for measuring on a calibration file: give --calibration too',
        },
        overwriteNeeds('--record', options.record !== undefined),
      ]);
      const { calibration, samples, seed, maxLength, tensor } = options;
      const { path, record } = await compareCheckpoints(
        {
          checkpoints,
          pairs: options.pairs,
          record: options.record,
          spectrum: options.spectrum,
          output:
            calibration === undefined
              ? undefined
              : {
                  calibration,
                  samples,
                  seed,
                  ...calibrationSettingsFrom(options),
                  maxLength,
                  ...engineSettingsFrom(options),
                },
          overwrite: options.overwrite === true,
        },
        context,
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        throw new Interrupted('Interrupted. Nothing was written: run the same command again.');
      });
      if (options.json) context.print(jsonText(comparisonJson(record, path)));
      else context.print(tensor === undefined ? comparisonText(record, path) : tensorText(record, tensor));
    });
}
