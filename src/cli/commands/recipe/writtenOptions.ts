import type { Command } from 'commander';

/** Options that were written out in a call, by long name without dashes, with their texts as they were typed; a flag has none. */
export type WrittenOptions = ReadonlyMap<string, readonly string[]>;

/**
 * Hears which options a command is given, before they are read.
 *
 * @param command with all its options
 * @returns filled when the command line is read
 */
export function listenForOptions(command: Command): WrittenOptions {
  const written = new Map<string, string[]>();
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (text: string | null | undefined) => {
      const texts = written.get(option.name()) ?? [];
      // A flag has none, and one that begins with --no- is told so in another way.
      if (typeof text === 'string') texts.push(text);
      written.set(option.name(), texts);
    });
  }
  return written;
}

/**
 * As words of a command line; a value is joined to its flag, so that one which begins with a dash stays a value.
 *
 * @param leftOut names of options that do not go with them
 */
export function optionWords(written: WrittenOptions, leftOut: ReadonlySet<string> = new Set()): string[] {
  return [...written]
    .filter(([name]) => !leftOut.has(name))
    .flatMap(([name, texts]) => (texts.length === 0 ? [`--${name}`] : texts.map((text) => `--${name}=${text}`)));
}
