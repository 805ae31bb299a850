import { type Command, Option } from 'commander';
import { InputError } from '../../../errors.ts';
import { shown } from '../../../files/reading/shown.ts';
import { type GraderChoice, type GraderName, graderNames } from '../../../readiness/graders/namedGrader.ts';
import { isProgram, usualGraderSeconds } from '../../../run/readiness/commandGrader.ts';
import { countArgument, numberArgument } from '../options/options.ts';

/* Options that say how sampled answers are graded, which several commands share. */

export interface GraderOptions {
  readonly grader?: GraderName;
  readonly graderPattern?: string;
  readonly graderField?: string;
  readonly graderCommand?: readonly string[];
  readonly graderTimeout: number;
  readonly correctAbove?: number;
}

export function withGraderOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--grader <name>',
        'what finds an answer and compares it (default: boxed; of rollouts with rewards those)',
      ).choices(graderNames),
    )
    .option('--grader-pattern <regex>', 'of the grader regex: the last match counts, its first group where it has one')
    .option('--grader-field <path>', 'of the grader json-field')
    .option(
      '--grader-command <words...>',
      'of the grader command: a program and its arguments, or one JSON list of them; it reads a line of JSON an answer and prints {"correct": true} for each',
    )
    .addOption(
      new Option('--grader-timeout <seconds>', 'longest time of the program for a batch')
        .argParser(countArgument)
        .default(usualGraderSeconds),
    )
    .addOption(
      new Option(
        '--correct-above <reward>',
        'rewards above it are right answers (default: 0, where there are two kinds)',
      ).argParser(numberArgument),
    );
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
  if (isProgram(parts)) return parts;
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
