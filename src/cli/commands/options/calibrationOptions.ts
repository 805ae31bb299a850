import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../../errors.ts';
import {
  type CalibrationSettings,
  calibrationSettingsOf,
  defaultCalibrationSettings,
  pairForms,
  shapeNames,
  specialTokenChoices,
  templateArgument,
  turnChoices,
} from '../../../settings/calibrationSettings.ts';

/* Options that say how a calibration file is read, which several commands share. */

/** As commander gives them. */
export interface RenderingOptions extends Pick<CalibrationSettings, 'chatTemplate' | 'specialTokens'> {
  readonly templateArg: readonly string[];
}

/** Likewise. */
export interface CalibrationOptions extends Omit<CalibrationSettings, 'templateArgs'>, RenderingOptions {}

function collected(text: string, before: readonly string[]): string[] {
  try {
    templateArgument(text);
  } catch (error) {
    if (error instanceof InputError) throw new InvalidArgumentError('Write NAME=VALUE, e.g. enable_thinking=false.');
    throw error;
  }
  return [...before, text];
}

/** How texts and conversations become tokens. */
export function withRenderingOptions(command: Command): Command {
  const d = defaultCalibrationSettings;
  return command
    .addOption(
      new Option('--chat-template <file>', 'Jinja template that renders conversations').default(
        d.chatTemplate,
        "the SFT's own",
      ),
    )
    .addOption(
      new Option('--template-arg <name=value>', 'variable of the chat template, JSON or text; may be given again')
        .argParser(collected)
        .default(d.templateArgs, 'none'),
    )
    .addOption(
      new Option(
        '--special-tokens <which>',
        "around plain text: those that the tokenizer's post-processor adds, or none",
      )
        .choices(specialTokenChoices)
        .default(d.specialTokens),
    );
}

export function withCalibrationOptions(command: Command): Command {
  const d = defaultCalibrationSettings;
  const reading = command
    .addOption(
      new Option('--format <shape>', 'what the rows of the calibration are; auto: by the first of them')
        .choices(['auto', ...shapeNames])
        .default(d.format),
    )
    .addOption(
      new Option('--prompt-field <name>', 'field of the prompt, where it is not found by itself').default(
        d.promptField,
        'by the usual names',
      ),
    )
    .addOption(
      new Option('--response-field <name>', 'field of the response, likewise').default(
        d.responseField,
        'by the usual names',
      ),
    )
    .addOption(
      new Option('--pairs-as <form>', 'pairs and Alpaca rows as plain text, or rendered with the chat template')
        .choices(pairForms)
        .default(d.pairsAs),
    )
    .addOption(
      new Option('--turns <which>', "which of the assistant's turns are responses")
        .choices(turnChoices)
        .default(d.turns),
    );
  return withRenderingOptions(reading);
}

export function calibrationSettingsFrom({ templateArg, ...others }: CalibrationOptions): CalibrationSettings {
  return calibrationSettingsOf({ ...others, templateArgs: templateArg });
}
