import type { Command } from 'commander';
import { InputError } from '../../../errors.ts';

/* Refuses options that would do nothing, as what else was given has no use for them: who writes one expects something of it. */

/** Options that do something only beside others. */
export interface Dependence {
  /** Whether they do something, as the command was given. */
  readonly used: boolean;
  /** As commander names them, such as `maxTokens`. */
  readonly names: Iterable<string>;
  /** What they are for and what to give, to follow `--option `. */
  readonly why: string;
}

/** The names of options that a command got after some others. @param before how many it had */
export function optionNames(command: Command, before: number): string[] {
  return command.options.slice(before).map((option) => option.attributeName());
}

/** @throws InputError naming the first option on the command line that would do nothing */
export function refuseIdle(command: Command, dependences: readonly Dependence[]): void {
  for (const { used, names, why } of dependences) {
    if (used) continue;
    const idle = new Set(names);
    const given = command.options.find(
      (option) => idle.has(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli',
    );
    if (given !== undefined) throw new InputError(`${given.long} ${why}, or leave it out.`);
  }
}

/** `--overwrite` of a command that may write nothing. @param option that names what is written */
export function overwriteNeeds(option: string, given: boolean): Dependence {
  return { used: given, names: ['overwrite'], why: `replaces what is written: give ${option} too` };
}
