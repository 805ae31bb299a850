import { runInNewContext } from 'node:vm';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';

/* Matches module names against the regular expressions of an adapter's configuration, which come from a file. */

/** Milliseconds that one expression may take for all modules of a model: it may never end. */
const patience = 2000;

/** Python's notation in JavaScript's. */
function translated(pattern: string): string {
  return pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=([A-Za-z_]\w*)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$');
}

/**
 * Which of the names an expression matches, from the first character to the last.
 *
 * @param pattern in Python's notation
 * @param where the file and the field, for messages
 * @throws InputError when it is none that can be read, or does not end
 */
export function matching(pattern: string, names: readonly string[], where: string): ReadonlySet<string> {
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${translated(pattern)})$`);
  } catch (error) {
    throw new InputError(`${where} has ${shown(pattern)}, which is no regular expression that can be read here.`, {
      cause: error,
    });
  }
  try {
    const found: unknown = runInNewContext(
      'JSON.stringify(names.filter((name) => expression.test(name)))',
      { names, expression },
      { timeout: patience },
    );
    return new Set(JSON.parse(String(found)) as string[]);
  } catch (error) {
    // Made in the other context, it is no `Error` of this one.
    if ((error as Partial<NodeJS.ErrnoException>).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new InputError(`${where} has ${shown(pattern)}, a regular expression that does not end.`, { cause: error });
  }
}

/**
 * The value of the first pattern that matches the end of a module's name, by module; modules without one are left out.
 *
 * @throws InputError as {@link matching}
 */
export function patternValues(
  patterns: ReadonlyMap<string, number>,
  modules: readonly string[],
  where: string,
): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [pattern, value] of patterns) {
    for (const module of matching(`(.*\\.)?(${pattern})`, modules, where)) {
      if (!values.has(module)) values.set(module, value);
    }
  }
  return values;
}
