import { InvalidArgumentError } from 'commander';
import { InputError } from '../../../errors.ts';
import { type Condition, parseCondition } from '../../../readiness/verdict/conditions.ts';
import { countArgument } from '../options/options.ts';

/* How conditions of being ready, and sizes of groups, are read from the command line. */

export function sizesArgument(text: string): number[] {
  return text.split(',').map((size) => countArgument(size.trim()));
}

/** Reads a condition. @param bound which option it was given with */
export function conditionArgument(
  bound: Condition['bound'],
): (text: string, before: readonly Condition[] | undefined) => Condition[] {
  return (text, before) => {
    try {
      return [...(before ?? []), parseCondition(text, bound)];
    } catch (error) {
      if (error instanceof InputError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}
