import { InputError } from '../errors.ts';

/* What a sweep may be told, its defaults and what each may be. */

/** Points that a sweep is held against: fusion only; as many random neurons a module; those that SFT changed most. */
export const controls = ['fusion', 'random', 'drift'] as const;
export type Control = (typeof controls)[number];

/** Around the defaults of a run, as wide as the paper's own tables of alpha and rho. */
export const defaultAlphas: readonly number[] = [0.4, 0.45, 0.5, 0.55, 0.6];
export const defaultRhos: readonly number[] = [0, 0.0005, 0.001, 0.005, 0.01, 0.02, 0.04];
export const defaultSeeds = 3;

/** More would be a slip of the finger. */
const mostValues = 1000;
const mostSeeds = 1000;

/**
 * Numbers as they are typed, separated by commas.
 *
 * @throws InputError for anything else, or one given twice
 */
export function numberList(name: string, text: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  const values = parts.map(Number);
  const wrong = parts.find((part, i) => part === '' || !Number.isFinite(values[i]));
  if (wrong !== undefined) {
    throw new InputError(`${name} holds "${wrong}": write numbers separated by commas, for example 0.4,0.5.`);
  }
  return values;
}

/** @throws InputError unless the values are some, all differ, and lie within 0…1 */
export function checkSweepValues(name: string, values: readonly number[]): void {
  if (values.length === 0 || values.length > mostValues) {
    throw new InputError(`${name} has ${values.length} values, but must have from 1 to ${mostValues}.`);
  }
  const outside = values.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined) throw new InputError(`${name} holds ${outside}, but must lie between 0 and 1.`);
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new InputError(`${name} holds ${twice} twice.`);
}

/** @throws InputError unless it is a count within reason */
export function checkSeeds(seeds: number): void {
  if (!Number.isSafeInteger(seeds) || seeds < 1 || seeds > mostSeeds) {
    throw new InputError(`seeds is ${seeds}, but must be a whole number from 1 to ${mostSeeds}.`);
  }
}
