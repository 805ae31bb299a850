/*
 * Sentences of the core name options of the command line, which VS Code has as settings: here they are told in its words. What
 * has no setting there stays as it is, and so do names in quotes and whole commands, which are the command line's own.
 */

/** Options whose settings have another name than `--max-length` and `rejuvenation.maxLength`. */
const renamed: Readonly<Record<string, string>> = { 'template-arg': 'templateArgs' };

/** Options that are settings too. */
const options = [
  ...['alpha', 'rho', 'rho-max', 'top-n', 'max-length', 'samples', 'seed', 'holdout', 'format', 'prompt-field'],
  ...['response-field', 'pairs-as', 'chat-template', 'template-arg', 'turns', 'special-tokens', 'spectrum', 'device'],
  ...['memory', 'processes', 'threads', 'weights', 'precision', 'renamed-rows'],
] as const;

/** The setting that an option of the command line is in VS Code. */
export const settingOf: ReadonlyMap<string, string> = new Map(
  options.map((name) => {
    const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [`--${name}`, `rejuvenation.${renamed[name] ?? camel}`];
  }),
);

/** A sentence of the core in VS Code's words. */
export function inSettings(text: string): string {
  // Quoted names, and commands up to the end of their quotes or line, are not words of the sentence.
  return text
    .split(/("[^"]*"|`[^`]*`|\brejuvenate [a-z-]+ [^.;)]*)/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part
            .replace(/, or pass --overwrite\b/g, '')
            .replace(/--[a-z]+(?:-[a-z]+)*/g, (option) => settingOf.get(option) ?? option),
    )
    .join('');
}
