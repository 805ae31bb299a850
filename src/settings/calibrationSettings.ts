import { InputError } from '../errors.ts';

/* How a calibration file is read: what a row of it means, and how that becomes tokens. */

/** Shapes that the rows of a calibration may have; docs/calibration.md says what each is. */
export const shapeNames = ['pair', 'alpaca', 'messages', 'sharegpt', 'trl', 'preference'] as const;
export type ShapeName = (typeof shapeNames)[number];

export const turnChoices = ['all', 'last'] as const;
/** Which of the assistant's turns are responses. */
export type Turns = (typeof turnChoices)[number];

export const pairForms = ['text', 'chat'] as const;
/** Whether pairs and Alpaca rows are read as plain text, or rendered as conversations. */
export type PairForm = (typeof pairForms)[number];

export const specialTokenChoices = ['tokenizer', 'none'] as const;
/** What is put before and after plain text: what the tokenizer's post-processor adds, or nothing. */
export type SpecialTokens = (typeof specialTokenChoices)[number];

export interface CalibrationSettings {
  /** `auto`: by the file's first row. */
  readonly format: ShapeName | 'auto';
  /** Fields of prompt and response; empty: by the usual names. */
  readonly promptField: string;
  readonly responseField: string;
  readonly pairsAs: PairForm;
  /** Path of a chat template in place of the checkpoint's own; empty: its own. */
  readonly chatTemplate: string;
  /** `NAME=VALUE`, variables of the chat template. */
  readonly templateArgs: readonly string[];
  readonly turns: Turns;
  readonly specialTokens: SpecialTokens;
}

export const defaultCalibrationSettings: CalibrationSettings = {
  format: 'auto',
  promptField: '',
  responseField: '',
  pairsAs: 'text',
  chatTemplate: '',
  templateArgs: [],
  turns: 'all',
  specialTokens: 'tokenizer',
};

/** @throws InputError naming the setting, its value and what it must be */
export function checkCalibrationSettings(settings: CalibrationSettings): void {
  const { promptField, responseField, templateArgs } = settings;
  if (promptField !== '' && promptField === responseField) {
    throw new InputError(`The prompt and the response field are both "${promptField}", but must differ.`);
  }
  const choices = {
    format: ['auto', ...shapeNames],
    'pairs-as': pairForms,
    turns: turnChoices,
    'special-tokens': specialTokenChoices,
  } as const;
  const given = {
    format: settings.format,
    'pairs-as': settings.pairsAs,
    turns: settings.turns,
    'special-tokens': settings.specialTokens,
  } as const;
  for (const name of Object.keys(choices) as (keyof typeof choices)[]) {
    if (!(choices[name] as readonly string[]).includes(given[name])) {
      throw new InputError(`${name} is "${given[name]}", but must be one of ${choices[name].join(', ')}.`);
    }
  }
  for (const text of templateArgs) templateArgument(text);
}

/**
 * A `NAME=VALUE` of the chat template.
 * @returns the value as the text that was given
 * @throws InputError when there is no name before an equals sign
 */
export function templateArgument(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0)).trim();
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new InputError(`The template argument "${text}" is not NAME=VALUE, for example enable_thinking=false.`);
  }
  return { name, value: text.slice(at + 1) };
}

/** These settings among others. */
export function calibrationSettingsOf(settings: CalibrationSettings): CalibrationSettings {
  const { format, promptField, responseField, pairsAs, chatTemplate, templateArgs, turns, specialTokens } = settings;
  return { format, promptField, responseField, pairsAs, chatTemplate, templateArgs, turns, specialTokens };
}
