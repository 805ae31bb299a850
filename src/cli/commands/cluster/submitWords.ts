import { type Command, CommanderError } from 'commander';
import { z } from 'zod';
import type { WordOption } from '../../../cluster/phases/attributeWords.ts';
import { InputError } from '../../../errors.ts';
import type { RunContext } from '../../../run/progress/runContext.ts';
import type { CommandContext } from '../command.ts';
import { commitCommand } from '../commitCommand.ts';
import { readinessCommand } from '../readinessCommand.ts';
import { sweepCommand } from '../sweepCommand.ts';
import { verifyCommand } from '../verifyCommand.ts';

/* Submits what the command line would with --slurm, for VS Code, which has options and no command line. */

/** A command of the command line. */
export interface SubmittedWords {
  readonly command: 'commit' | 'readiness' | 'sweep' | 'verify';
  readonly options: readonly WordOption[];
  /** Options of all commands, such as those for Slurm: one that this command has not is left out. */
  readonly shared: readonly WordOption[];
  readonly operands: readonly string[];
  /** Absolute. */
  readonly runFolder: string;
}

const makers: Readonly<Record<SubmittedWords['command'], (context: CommandContext) => Command>> = {
  commit: commitCommand,
  readiness: readinessCommand,
  sweep: sweepCommand,
  verify: verifyCommand,
};

/** Of what is printed. */
const submission = z.object({ run: z.string() });

const wordOf = ([name, value]: WordOption) => (value === undefined ? `--${name}` : `--${name}=${value}`);

/**
 * Submits it, or goes on with the run that its folder holds.
 *
 * @returns the run's folder
 * @throws what the command throws; InputError for an option that it does not take
 */
export async function submitWords(
  { command: name, options, shared, operands, runFolder }: SubmittedWords,
  { signal, onEvent }: Pick<RunContext, 'signal' | 'onEvent'>,
): Promise<string> {
  let printed = '';
  const command = makers[name]({
    ...{ signal, onEvent, say: (text) => onEvent({ type: 'note', text }) },
    print(text) {
      printed = text;
    },
    startEngine: () => Promise.reject(new Error('a command that is submitted runs no model')),
  });
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  const known = new Set(command.options.map((option) => option.name()));
  const given = [...options, ...shared.filter(([option]) => known.has(option)), ['run-folder', runFolder] as const];
  try {
    await command.parseAsync(['--slurm', '--json', ...given.map(wordOf), '--', ...operands], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new InputError(error.message.replace(/^error: /, ''), { cause: error });
  }
  return submission.parse(JSON.parse(printed)).run;
}
