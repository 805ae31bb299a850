import type { Command } from 'commander';

/* The options of a command as they were typed, so that another process can be given the same. */

/** An option that was given: `--alpha` and its text; undefined for one that takes none. */
export interface GivenOption {
  readonly flag: string;
  readonly value: string | undefined;
}

/**
 * Notes the options that a command is given, in their order. To be called when it has all its options.
 *
 * @returns what was given, once the command is parsed
 */
export function noteGivenOptions(command: Command): () => readonly GivenOption[] {
  const given: GivenOption[] = [];
  for (const option of command.options) {
    const flag = option.long ?? option.short!;
    command.on(`option:${option.name()}`, (value: string | null | undefined) => {
      given.push({ flag, value: value ?? undefined });
    });
  }
  return () => given;
}

/** As words of a command line; a value is joined to its flag, so that one which begins with a dash stays a value. */
export function optionWords(options: readonly GivenOption[]): string[] {
  return options.map(({ flag, value }) => (value === undefined ? flag : `${flag}=${value}`));
}
