import { Command } from 'commander';
import { previewCalibration } from '../../run/previewCalibration.ts';
import { defaultSettings } from '../../settings/runSettings.ts';
import { previewDocument } from '../output/json/jsonDocuments.ts';
import { previewText } from '../output/previewReport.ts';
import { type CommandContext, jsonText } from './command.ts';
import {
  type CalibrationOptions,
  calibrationSettingsFrom,
  withCalibrationOptions,
} from './options/calibrationOptions.ts';
import { jsonOption, samplesOption, seedOption, wholeArgument } from './options/options.ts';

interface PreviewCommandOptions extends CalibrationOptions {
  readonly sft: string;
  readonly base?: string;
  readonly tokenizer?: string;
  readonly samples: number;
  readonly seed: number;
  readonly maxLength: number;
  readonly json?: true;
}

/** `rejuvenate preview`: what a calibration file is taken for, before anything runs. */
export function previewCommand(context: CommandContext): Command {
  const command = new Command('preview')
    .summary('show what a calibration file is taken for')
    .description(
      'Show what calibration files are taken for with an SFT checkpoint: shape, chat template, special tokens, how many ' +
        'samples, and the first one with its responses marked. Nothing is measured.',
    )
    .argument(
      '<calibration...>',
      'prompt-response pairs or conversations, as for run: files, patterns or a data set folder',
    )
    .requiredOption('--sft <dir>', 'SFT checkpoint or LoRA adapter, whose tokenizer and chat template are taken')
    .option('--base <dir>', 'base checkpoint; needed for an adapter only. Samples are cut to what both were made for')
    .option('--tokenizer <file>', "tokenizer.json to use in place of the SFT checkpoint's")
    .option('--max-length <tokens>', 'longest sequence; longer ones are cut', wholeArgument, defaultSettings.maxLength)
    .addOption(samplesOption())
    .addOption(seedOption());
  return withCalibrationOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate preview sharegpt.jsonl --sft llama-sft --turns last
  rejuvenate preview sharegpt.jsonl --sft llama-lora --base llama-base
  rejuvenate preview 'data/train-*.parquet' --sft llama-sft --seed 1`,
    )
    .action(async (calibration: string[], options: PreviewCommandOptions) => {
      const { sft, base, tokenizer, maxLength, samples, seed, json } = options;
      const { signal, onEvent } = context;
      const preview = await previewCalibration({
        ...calibrationSettingsFrom(options),
        ...{ calibration, sft, base, tokenizer, maxLength, samples, seed, signal },
        onProgress: (done, total) => onEvent({ type: 'progress', phase: 'load', done, total, unit: 'bytes' }),
      });
      onEvent({ type: 'note', text: preview.reading.sentence });
      for (const text of preview.notes) onEvent({ type: 'note', text });
      const colours = process.stdout.isTTY === true && process.stdout.hasColors();
      context.print(json ? jsonText(previewDocument.of(preview)) : previewText(preview, colours));
    });
}
