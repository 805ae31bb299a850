import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { truthy } from './operators.ts';
import { type Given, typeName, type Value } from './values.ts';

/**
 * The arguments of a call by the parameters' names, undefined where none is given.
 * @throws TemplateFault when there are more, or others
 */
export function bind<const Names extends readonly string[]>(
  label: string,
  { positional, named }: Given,
  names: Names,
): { [Name in Names[number]]: Value | undefined } {
  if (positional.length > names.length) throw new TemplateFault(`"${label}" takes at most ${names.length} arguments`);
  const bound: Record<string, Value | undefined> = {};
  names.forEach((name, i) => {
    bound[name] = positional[i];
  });
  for (const [name, value] of named) {
    if (!names.includes(name) || bound[name] !== undefined) {
      throw new TemplateFault(`"${label}" does not take an argument "${name}" here`);
    }
    bound[name] = value;
  }
  return bound as { [Name in Names[number]]: Value | undefined };
}

export function required(label: string, value: Value | undefined): Value {
  if (value === undefined) throw new TemplateFault(`"${label}" lacks an argument`);
  return value;
}

export function textArgument(label: string, value: Value | undefined): string {
  const given = required(label, value);
  if (typeof given !== 'string') throw new TemplateFault(`"${label}" takes a text, not a ${typeName(given)}`);
  return given;
}

export function flag(value: Value | undefined): boolean {
  return value !== undefined && truthy(value);
}

/** What filters and tests are handed besides their arguments. */
export interface Tools {
  readonly budget: Budget;
  filter(name: string, value: Value, given: Given): Value;
  test(name: string, value: Value, given: Given): boolean;
}
