import { InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../../errors.ts';
import { outputDtypes } from '../../../settings/outputDtype.ts';
import { defaultSettings, sampleCount } from '../../../settings/runSettings.ts';

/* Options that several commands share, and how their values are read. */

/** A decimal number; its range is checked where its meaning is known. */
export function numberArgument(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

export function wholeArgument(text: string): number {
  if (!/^\d+$/.test(text.trim())) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function countArgument(text: string): number {
  const value = wholeArgument(text);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

/** An option that may be given again. */
export function collected(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

export const alphaOption = () =>
  new Option('--alpha <number>', 'weight of the SFT checkpoint in the fusion, 0 to 1').argParser(numberArgument);

export const rhoOption = () =>
  new Option('--rho <number>', 'share of all neurons that one target token may select').argParser(numberArgument);

/** A count, or all: 0. */
export function samplesArgument(text: string): number {
  try {
    return sampleCount(text);
  } catch (error) {
    if (error instanceof InputError) throw new InvalidArgumentError('It must be a whole number of at least 1, or all.');
    throw error;
  }
}

export const samplesOption = () =>
  new Option('--samples <count>', 'calibration samples, drawn evenly where there are more rows; all: every row')
    .argParser(samplesArgument)
    .default(defaultSettings.samples);

export const seedOption = () =>
  new Option('--seed <number>', 'another draws other samples').argParser(wholeArgument).default(defaultSettings.seed);

export const holdoutOption = () =>
  new Option(
    '--holdout <fraction>',
    'share of the samples that chooses no target and is reported apart, from 0 to below 1; which, --seed decides',
  )
    .argParser(numberArgument)
    .default(defaultSettings.holdout);

export const dtypeOption = () =>
  new Option('--dtype <dtype>', 'of all weights that are written (default: each as the SFT checkpoint has it)').choices(
    outputDtypes,
  );

export const workersOption = () =>
  new Option(
    '--workers <count>',
    'threads that fuse and hash the weights that are written (default: one a core, 8 at most)',
  ).argParser(countArgument);

export const overwriteOption = () => new Option('--overwrite', 'replace outputs that exist');

export const jsonOption = () => new Option('--json', 'print the result as JSON on standard output');
