import { InvalidArgumentError } from 'commander';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import type { GraderChoice, GraderName } from '../../readiness/graders/namedGrader.ts';
import { type Condition, parseCondition } from '../../readiness/verdict/conditions.ts';
import { sampleCount } from '../../settings/runSettings.ts';
import { countArgument } from './options.ts';

/* How the options of `rejuvenate readiness` are read: graders, conditions, sizes of groups. */

/** Seconds a batch of the grader's program may take. */
export const graderSeconds = 600;

/** An option that may be given again. */
export function collected(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** A count, or all: 0. */
export function someOrAll(text: string): number {
  try {
    return sampleCount(text);
  } catch {
    throw new InvalidArgumentError('It must be a whole number of at least 1, or all.');
  }
}

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

export interface GraderOptions {
  readonly grader?: GraderName;
  readonly graderPattern?: string;
  readonly graderField?: string;
  readonly graderCommand?: readonly string[];
  readonly graderTimeout: number;
}

/** Words of a program, or one word that is a JSON list of them: its own options may begin with a dash. */
function programOf(words: readonly string[]): readonly [string, ...string[]] {
  const [only = ''] = words;
  let parts: unknown = words;
  if (words.length === 1 && only.startsWith('[')) {
    try {
      parts = JSON.parse(only);
    } catch {
      throw new InputError(`The grader's command ${shown(only)} is not JSON: write ["PROGRAM", "ARGUMENT", …].`);
    }
  }
  if (Array.isArray(parts) && parts.every((part) => typeof part === 'string') && parts.length > 0 && parts[0] !== '') {
    return parts as unknown as readonly [string, ...string[]];
  }
  throw new InputError(
    `The grader's command ${shown(only)} is no program with its arguments: write ["PROGRAM", "ARGUMENT", …].`,
  );
}

/**
 * The grader that was asked for; undefined where none was.
 *
 * @throws InputError when what it needs is missing, or belongs to another
 */
export function graderFrom(options: GraderOptions): GraderChoice | undefined {
  const { grader, graderPattern, graderField, graderCommand, graderTimeout } = options;
  const given = [
    ['regex', '--grader-pattern', graderPattern],
    ['json-field', '--grader-field', graderField],
    ['command', '--grader-command', graderCommand],
  ] as const;
  for (const [name, option, value] of given) {
    if (value !== undefined && grader !== name)
      throw new InputError(`${option} belongs to --grader ${name}: give both.`);
    if (value === undefined && grader === name) throw new InputError(`--grader ${name} needs ${option}.`);
  }
  switch (grader) {
    case undefined:
      return undefined;
    case 'regex':
      return { name: grader, pattern: graderPattern! };
    case 'json-field':
      return { name: grader, path: graderField! };
    case 'command': {
      const [program, ...args] = programOf(graderCommand!);
      return { name: grader, program, args, seconds: graderTimeout };
    }
    default:
      return { name: grader };
  }
}
