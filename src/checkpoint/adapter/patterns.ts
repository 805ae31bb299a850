import { runInNewContext } from 'node:vm';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isTimeout, withinComputing } from '../../processorTime.ts';

/* Matches module names against the regular expressions of an adapter's configuration, which come from a file. */

/** Milliseconds of computing that the expressions of a field may take for all modules of a model: one may never end. */
const patience = 3000;

/** Python's notation in JavaScript's. */
function translated(pattern: string): string {
  return pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=([A-Za-z_]\w*)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$');
}

/** An expression that matches from the first character to the last. */
function compiled(pattern: string, before: string, where: string): RegExp {
  try {
    return new RegExp(`^${before}(?:${translated(pattern)})$`);
  } catch (error) {
    throw new InputError(`${where} has ${shown(pattern)}, which is no regular expression that can be read here.`, {
      cause: error,
    });
  }
}

/** For each name the first expression that matches it, -1 where none does. */
function firstMatches(expressions: readonly RegExp[], names: readonly string[], where: string): readonly number[] {
  try {
    const found: unknown = withinComputing(patience, (timeout) =>
      runInNewContext(
        'JSON.stringify(names.map((name) => expressions.findIndex((expression) => expression.test(name))))',
        { names, expressions },
        { timeout },
      ),
    );
    return JSON.parse(String(found)) as number[];
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new InputError(`${where} has a regular expression that does not end within ${patience / 1000} s.`, {
      cause: error,
    });
  }
}

/**
 * Which of the names an expression matches, from the first character to the last.
 *
 * @param pattern in Python's notation
 * @param where the file and the field, for messages
 * @throws InputError when it is none that can be read, or does not end
 */
export function matching(pattern: string, names: readonly string[], where: string): ReadonlySet<string> {
  const found = firstMatches([compiled(pattern, '', where)], names, where);
  return new Set(names.filter((_, i) => found[i] === 0));
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
  const values = [...patterns.values()];
  const expressions = [...patterns.keys()].map((pattern) => compiled(pattern, '(?:.*\\.)?', where));
  const found = firstMatches(expressions, modules, where);
  return new Map(modules.flatMap((module, i) => (found[i]! < 0 ? [] : [[module, values[found[i]!]!] as const])));
}
